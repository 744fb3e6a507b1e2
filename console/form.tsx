import type { ComponentChildren } from 'preact'
import type { FieldEntry, TypeRef, TypeTable } from '../src/console/views.js'
import { Control } from './control.js'
import { emptyOf, fieldsOf, isObject, type Json } from './value.js'

export interface FormScope {
  readonly types: TypeTable
}

interface MessageProps extends FormScope {
  readonly name: string
  readonly value: Json
  readonly path: string
  set(value: Json): void
}

/** The fields of a message. An absent key is an unset field. */
export function MessageForm({ name, value, path, set, types }: MessageProps) {
  const fields = fieldsOf(types, name)
  if (fields.length === 0) return <p class="hint">This message has no fields.</p>
  return (
    <>
      {fields.map(field =>
        field.type.kind === 'oneof' ? (
          <OneOf
            key={field.name}
            field={field}
            cases={field.type.cases}
            value={value}
            path={path}
            set={set}
            types={types}
          />
        ) : (
          <Field
            key={field.name}
            field={field}
            value={value[field.name]}
            path={`${path}-${field.name}`}
            set={one => set(withField(value, field.name, one))}
            types={types}
          />
        ),
      )}
    </>
  )
}

function withField(message: Json, name: string, value: unknown): Json {
  const { [name]: _, ...others } = message
  return value === undefined ? others : { ...message, [name]: value }
}

interface FieldProps extends FormScope {
  readonly field: FieldEntry
  readonly value: unknown
  readonly path: string
  set(value: unknown): void
}

function Field({ field, value, path, set, types }: FieldProps) {
  const { name, type } = field
  if (type.kind === 'scalar' || type.kind === 'enum')
    return (
      <div class="field">
        <label class="name" for={path}>
          {name} <TypeNote type={type} />
        </label>
        <div>
          <Control field={field} type={type} value={value} id={path} set={set} types={types} />
        </div>
      </div>
    )
  return (
    <Group name={name} note={<TypeNote type={type} />}>
      <Nested type={type} name={name} value={value} path={path} set={set} types={types} />
    </Group>
  )
}

function Group({
  name,
  note,
  children,
}: {
  readonly name: string
  readonly note: ComponentChildren
  readonly children: ComponentChildren
}) {
  return (
    <fieldset class="field">
      <legend class="vh">{name}</legend>
      <span class="name">
        {name} {note}
      </span>
      <div>{children}</div>
    </fieldset>
  )
}

interface NestedProps extends FormScope {
  readonly type: TypeRef
  readonly name: string
  readonly value: unknown
  readonly path: string
  set(value: unknown): void
}

/** A message, a list or a map: shown when it is set, since types may contain themselves. */
function Nested({ type, name, value, path, set, types }: NestedProps) {
  if (value === undefined || value === null)
    return (
      <p class="row">
        <button class="btn" type="button" onClick={() => set(begun(type, types))}>
          {type.kind === 'message' ? `Set ${name}` : `Add to ${name}`}
        </button>
        <span class="hint">not set</span>
      </p>
    )
  return (
    <>
      {type.kind === 'message' && isObject(value) && (
        <div class="nest">
          <MessageForm name={type.name} value={value} path={path} set={set} types={types} />
        </div>
      )}
      {(type.kind === 'list' || type.kind === 'set') && Array.isArray(value) && (
        <Elements type={type.element} name={name} values={value} path={path} set={set} types={types} />
      )}
      {type.kind === 'map' && isObject(value) && (
        <Entries type={type} name={name} values={value} path={path} set={set} types={types} />
      )}
      <p class="row">
        <button class="link" type="button" onClick={() => set(undefined)}>
          Unset {name}
        </button>
      </p>
    </>
  )
}

/** A list begins with one element, which is why one adds to it. */
function begun(type: TypeRef, types: TypeTable): unknown {
  if (type.kind === 'list' || type.kind === 'set') return [emptyOf(type.element, types)]
  if (type.kind === 'map') return { '': emptyOf(type.value, types) }
  return emptyOf(type, types)
}

interface ElementsProps extends FormScope {
  readonly type: TypeRef
  readonly name: string
  readonly values: readonly unknown[]
  readonly path: string
  set(values: readonly unknown[]): void
}

function Elements({ type, name, values, path, set, types }: ElementsProps) {
  return (
    <>
      {values.map((value, at) => (
        <div class="two line" key={at}>
          <Part
            type={type}
            label={`${name} ${at + 1}`}
            value={value}
            path={`${path}-${at}`}
            set={one => set(values.with(at, one))}
            types={types}
          />
          <Remove what={`${name} ${at + 1}`} act={() => set(values.toSpliced(at, 1))} />
        </div>
      ))}
      <button class="btn" type="button" onClick={() => set([...values, emptyOf(type, types)])}>
        Add to {name}
      </button>
    </>
  )
}

interface EntriesProps extends FormScope {
  readonly type: TypeRef & { readonly kind: 'map' }
  readonly name: string
  readonly values: Json
  readonly path: string
  set(values: Json): void
}

function Entries({ type, name, values, path, set, types }: EntriesProps) {
  const entries = Object.entries(values)
  const change = (at: number, entry: readonly [string, unknown]) =>
    set(Object.fromEntries(entries.with(at, [...entry])))
  return (
    <>
      {entries.map(([key, value], at) => (
        <div class="two" key={at}>
          <input
            class="in mono"
            aria-label={`${name}, key ${at + 1}`}
            value={key}
            onChange={({ currentTarget }) => change(at, [currentTarget.value, value])}
          />
          <Part
            type={type.value}
            label={`${name}, value of ${key}`}
            value={value}
            path={`${path}-${at}`}
            set={one => change(at, [key, one])}
            types={types}
          />
          <Remove what={`${name} ${key}`} act={() => set(Object.fromEntries(entries.toSpliced(at, 1)))} />
        </div>
      ))}
      <button
        class="btn"
        type="button"
        disabled={'' in values}
        onClick={() => set({ ...values, '': emptyOf(type.value, types) })}
      >
        Add to {name}
      </button>
    </>
  )
}

interface PartProps extends FormScope {
  readonly type: TypeRef
  readonly label: string
  readonly value: unknown
  readonly path: string
  set(value: unknown): void
}

/** A value within a list or a map. */
function Part({ type, label, value, path, set, types }: PartProps) {
  if (type.kind === 'message')
    return (
      <fieldset class="nest" aria-label={label}>
        <MessageForm name={type.name} value={isObject(value) ? value : {}} path={path} set={set} types={types} />
      </fieldset>
    )
  if (type.kind === 'scalar' || type.kind === 'enum')
    return (
      <div>
        <Control
          type={type}
          value={value}
          id={path}
          label={label}
          set={one => set(one ?? emptyOf(type, types))}
          types={types}
        />
      </div>
    )
  return (
    <Nested
      type={type}
      name={label}
      value={value}
      path={path}
      set={one => set(one ?? begun(type, types))}
      types={types}
    />
  )
}

function Remove({ what, act }: { readonly what: string; act(): void }) {
  return (
    <button class="icon" type="button" aria-label={`Remove ${what}`} onClick={act}>
      <span aria-hidden="true">×</span>
    </button>
  )
}

interface OneOfProps extends FormScope {
  readonly field: FieldEntry
  readonly cases: readonly FieldEntry[]
  /** The message around it, whose keys its cases are. */
  readonly value: Json
  readonly path: string
  set(value: Json): void
}

function OneOf({ field, cases, value, path, set, types }: OneOfProps) {
  const chosen = cases.find(one => one.name in value)
  const others = () => Object.fromEntries(Object.entries(value).filter(([key]) => !cases.some(one => one.name === key)))
  return (
    <Group name={field.name} note={<span class="type">one of {cases.length}</span>}>
      <div class="seg">
        {[...cases, undefined].map(one => (
          <label key={one?.name ?? ''}>
            <input
              type="radio"
              name={`${path}-${field.name}`}
              checked={one?.name === chosen?.name}
              onChange={() => set(one === undefined ? others() : { ...others(), [one.name]: emptyOf(one.type, types) })}
            />
            {one?.name ?? 'none'}
          </label>
        ))}
      </div>
      {chosen !== undefined && (
        <div class={chosen.type.kind === 'message' ? '' : 'nest'}>
          {chosen.type.kind === 'scalar' || chosen.type.kind === 'enum' ? (
            <Control
              field={chosen}
              type={chosen.type}
              value={value[chosen.name]}
              id={`${path}-${chosen.name}`}
              label={chosen.name}
              set={one => set({ ...others(), [chosen.name]: one ?? emptyOf(chosen.type, types) })}
              types={types}
            />
          ) : (
            <Nested
              type={chosen.type}
              name={chosen.name}
              value={value[chosen.name]}
              path={`${path}-${chosen.name}`}
              set={one => set(one === undefined ? others() : { ...others(), [chosen.name]: one })}
              types={types}
            />
          )}
        </div>
      )}
    </Group>
  )
}

function TypeNote({ type }: { readonly type: TypeRef }) {
  return <span class="type">{typeText(type)}</span>
}

function typeText(type: TypeRef): string {
  switch (type.kind) {
    case 'scalar':
    case 'message':
      return type.name
    case 'enum':
      return type.name
    case 'list':
    case 'set':
      return `${type.kind} of ${typeText(type.element)}`
    case 'map':
      return `map ${typeText(type.key)} → ${typeText(type.value)}`
    case 'oneof':
      return `one of ${type.cases.length}`
  }
}
