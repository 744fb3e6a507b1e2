import { Fault, halfPair } from '../values/fault.js'

/**
 * XML 1.0 has no way to write most control characters (not even as `&#0;`), U+FFFE and U+FFFF. In a string each stands as `_x0000_`, its
 * number in hexadecimal, and a string that holds such a piece of text itself has `_x005F_` for its underscore, so that every string
 * arrives as it was. Source of the form: ECMA-376, Office Open XML, 22.9.2.19 "ST_Xstring".
 */
const uncarried = /[^\t\n\r -\ufffd]|_(?=x(?:000[0-8BCEF]|001[0-9A-F]|FFF[EF]|005F)(?:_|[^\t\n\r -\ufffd]))/g
const marked = /_x(000[0-8BCEF]|001[0-9A-F]|FFF[EF]|005F)_/g
const anyUncarried = /[^\t\n\r -\ufffd]|_x[0F]/

/** What XML can carry of a string, to be read back by `fromCarried`. @throws Fault for a lone surrogate */
export function toCarried(text: string): string {
  if (!text.isWellFormed()) throw halfPair()
  if (!anyUncarried.test(text)) return text
  return replaced(text, uncarried, ([char]) => `_x${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
}

export function fromCarried(text: string): string {
  if (!text.includes('_x')) return text
  return replaced(text, marked, ([, code]) => String.fromCharCode(Number.parseInt(code as string, 16)))
}

/** Like `text.replace(pattern, by)`, which keeps every match until the last is found: hundreds of bytes for one of text. */
function replaced(text: string, pattern: RegExp, by: (match: RegExpExecArray) => string): string {
  let whole = ''
  let parts: string[] = []
  let from = 0
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    parts.push(text.slice(from, match.index), by(match))
    from = pattern.lastIndex
    if (parts.length < 1024) continue
    whole += parts.join('')
    parts = []
  }
  parts.push(text.slice(from))
  return whole + parts.join('')
}

/** Text between tags. A parser would make a line feed of a carriage return. */
export function escapeText(text: string): string {
  return /[&<>\r]/.test(text) ? escapeMarkup(text) : text
}

/** An attribute's value. A parser would make spaces of tabs and line ends. */
export function escapeAttribute(text: string): string {
  if (!/[&<>"\t\n\r]/.test(text)) return text
  return escapeMarkup(text).replace(/"/g, '&quot;').replace(/\t/g, '&#9;').replace(/\n/g, '&#10;')
}

/** One character after the other, each by a text: V8 then makes nothing but the result. */
function escapeMarkup(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#13;')
}

const reference = /&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));|&/g
const predefined: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Only the five entities that XML predefines, and characters by number. @throws Fault at the first reference of another kind */
export function resolveReferences(text: string): string {
  return text.includes('&') ? replaced(text, reference, characterOf) : text
}

function characterOf([, name, decimal, hexadecimal]: RegExpExecArray): string {
  if (name !== undefined) return predefined[name] as string
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
  if (isCharacter(code)) return String.fromCodePoint(code)
  throw malformed('a reference that is neither to a character nor to one of the five predefined entities')
}

/** Source: XML 1.0, production 2, "Char". */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
}

/** @throws Fault if a document cannot contain one of the characters */
export function checkCharacters(document: string): void {
  if (/[^\t\n\r -\ufffd]/.test(document)) throw malformed('a control character')
}

export function malformed(what: string): Fault {
  return new Fault(`this is no XML that is read here: ${what}`, 'malformed_xml')
}

/** A name without a prefix; Namespaces in XML 1.0, production 4, "NCName", without the rarest ranges. */
export const localName = /^[\p{L}_][\p{L}\p{N}\p{M}_.·-]*$/u
