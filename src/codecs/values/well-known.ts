import type { WellKnownName } from '../../schema/type.js'
import { parseJsonText } from '../bytes/json-text.js'
import { Fault, halfPair, isObject, mismatch } from './fault.js'
import { tooManyValues } from './value-count.js'

/** Levels of objects and arrays in one value of JSON. */
const maxNesting = 64

/** A well-known value as text, for wires that have no form of their own for it. Both throw Faults. */
export interface WellKnownText {
  write(value: unknown): string
  read(text: string): unknown
}

/** @param limit `limits.values` */
export function wellKnownText(name: WellKnownName, limit: number): WellKnownText {
  if (name === 'fieldMask') return { write: maskText, read: maskOfText }
  return {
    write: value => jsonText(value, name),
    read: text => receivedJson(parseJsonText(text), { name, take: counter(limit) }),
  }
}

function counter(limit: number): (count: number) => void {
  let taken = 0
  return count => {
    taken += count
    if (taken > limit) throw tooManyValues(limit)
  }
}

/** JSON of a value that a caller gave. @throws Fault for anything that JSON cannot hold as it is */
export function jsonText(value: unknown, name: WellKnownName): string {
  checkJson(value, name)
  return JSON.stringify(value)
}

/** @throws Fault */
export function checkJson(value: unknown, name: WellKnownName): void {
  checkKind(value, name)
  visit(value, 0, part => {
    if (!isJson(part)) throw mismatch(name, part)
  })
}

interface Received {
  readonly name: WellKnownName
  /** Counts what the value holds. @throws Fault */
  take(count: number): void
}

/** Checks a value of JSON that a peer sent. Integers that were read exactly become numbers, as JSON's are in JavaScript. @throws Fault */
export function receivedJson(value: unknown, { name, take }: Received): unknown {
  checkKind(value, name)
  if (typeof value === 'bigint') return Number(value)
  visit(value, 0, (part, holder, key) => {
    if (typeof part === 'bigint') (holder as Record<string | number, unknown>)[key] = Number(part)
    else if (!isJson(part)) throw mismatch(name, part)
    else if (typeof part === 'object' && part !== null)
      take(1 + (Array.isArray(part) ? part.length : Object.keys(part).length))
  })
  return value
}

function checkKind(value: unknown, name: WellKnownName): void {
  if (name === 'struct' && (!isObject(value) || !isJson(value))) throw mismatch('struct (an object)', value)
  if (name === 'nullValue' && value !== null) throw mismatch('nullValue (null)', value)
  if (name === 'listValue' && !Array.isArray(value)) throw mismatch('listValue (an Array)', value)
}

/** Whether JSON can hold the value, whatever its parts are. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'string' || typeof value === 'boolean') return true
  if (value === null || Array.isArray(value)) return true
  if (typeof value !== 'object') return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

type Visitor = (part: unknown, holder: object, key: string | number) => void

/** Calls `visitor` for the value and every part of it. */
function visit(value: unknown, nesting: number, visitor: Visitor, holder: object = [], key: string | number = 0): void {
  visitor(value, holder, key)
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw halfPair()
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (nesting >= maxNesting) throw tooNested()
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) visit(value[at], nesting + 1, visitor, value, at)
    return
  }
  for (const name of Object.keys(value)) {
    checkKey(name)
    visit((value as Record<string, unknown>)[name], nesting + 1, visitor, value, name)
  }
}

/** @throws Fault for a name that every object has in another sense */
export function checkKey(name: string): void {
  if (name === '__proto__' || name === 'constructor' || name === 'prototype')
    throw new Fault(`a key of the name ${name}`)
  if (!name.isWellFormed()) throw halfPair()
}

/** @param nesting of objects and arrays around the value */
export function checkNesting(nesting: number): void {
  if (nesting >= maxNesting) throw tooNested()
}

function tooNested(): Fault {
  return new Fault(`JSON nested deeper than ${maxNesting} levels`)
}

/** The paths of a field mask. @throws Fault */
export function pathsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw mismatch('fieldMask (an Array of paths)', value)
  for (const path of value) {
    if (typeof path !== 'string') throw mismatch('fieldMask (an Array of paths)', path)
    if (path === '' || path.includes(','))
      throw new Fault('expected fieldMask, got a path that is empty or has a comma')
    if (!path.isWellFormed()) throw halfPair('fieldMask')
  }
  return value as readonly string[]
}

function maskText(value: unknown): string {
  return pathsOf(value).join(',')
}

function maskOfText(text: string): string[] {
  return text === '' ? [] : [...pathsOf(text.split(','))]
}

/** `lastDigits,note` of `['last_digits', 'note']`. Source: protobuf's ProtoJSON format. @throws Fault for a path that JSON cannot hold */
export function camelMask(value: unknown): string {
  const paths = pathsOf(value)
  for (const path of paths)
    if (/[A-Z]|_(?![a-z])/.test(path))
      throw new Fault('expected fieldMask, got a path that would be another one after JSON: write it in lower_case')
  return paths.map(path => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())).join(',')
}

/** The opposite of `camelMask`. @throws Fault */
export function maskOfCamel(text: string): string[] {
  if (text.includes('_')) throw new Fault('expected fieldMask in camelCase, got a path with _')
  return maskOfText(text.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`))
}
