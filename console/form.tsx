import type { FieldEntry, TypeRef, TypeTable } from '../src/console/type-views.js'
import { Control } from './control.js'
import { Elements, Entries } from './form-lists.js'
import { Group, Hint, TypeNote } from './form-marks.js'
import { OneOf } from './form-one-of.js'
import { emptyOf, fieldsOf, isObject, type Json } from './value.js'

interface MessageProps {
  readonly types: TypeTable
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
            part={(chosen, one, change) => (
              <Value
                type={chosen.type}
                field={chosen}
                label={chosen.name}
                value={one}
                path={`${path}-${chosen.name}`}
                set={change}
                types={types}
              />
            )}
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

interface FieldProps {
  readonly types: TypeTable
  readonly field: FieldEntry
  readonly value: unknown
  readonly path: string
  set(value: unknown): void
}

function Field({ field, value, path, set, types }: FieldProps) {
  const { name, type, doc } = field
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
      <Hint text={doc} id={`${path}-d`} />
      <Value type={type} label={name} value={value} path={path} set={set} types={types} />
    </Group>
  )
}

interface ValueProps {
  readonly types: TypeTable
  readonly type: TypeRef
  /** The case that has the value, if it is one of a oneOf. */
  readonly field?: FieldEntry
  readonly label: string
  readonly value: unknown
  readonly path: string
  /** Undefined unsets it. */
  set(value: unknown): void
}

/** A value of any type. A message, a list or a map is shown when it is set, since types may contain themselves. */
function Value({ type, field, label, value, path, set, types }: ValueProps) {
  if (type.kind === 'scalar' || type.kind === 'enum')
    return (
      <div>
        <Control
          {...(field !== undefined && { field: { ...field, optional: false } })}
          type={type}
          value={value}
          id={path}
          label={label}
          isSet
          set={one => set(one ?? emptyOf(type, types))}
          types={types}
        />
      </div>
    )
  if (value === undefined || value === null)
    return (
      <p class="row">
        <button class="btn" type="button" onClick={() => set(begun(type, types))}>
          {type.kind === 'message' ? `Set ${label}` : `Add to ${label}`}
        </button>
        <span class="hint">not set</span>
      </p>
    )
  return (
    <>
      <Composite type={type} label={label} value={value} path={path} set={set} types={types} />
      <p class="row">
        <button class="link" type="button" onClick={() => set(undefined)}>
          Unset {label}
        </button>
      </p>
    </>
  )
}

function Composite({ type, label, value, path, set, types }: ValueProps) {
  const part = (element: TypeRef) => (name: string, at: number, one: unknown, change: (to: unknown) => void) => (
    <Part type={element} label={name} value={one} path={`${path}-${at}`} set={change} types={types} />
  )
  if (type.kind === 'message' && isObject(value))
    return (
      <div class="nest">
        <MessageForm name={type.name} value={value} path={path} set={set} types={types} />
      </div>
    )
  if ((type.kind === 'list' || type.kind === 'set') && Array.isArray(value))
    return (
      <Elements
        name={label}
        values={value}
        empty={() => emptyOf(type.element, types)}
        set={set}
        part={part(type.element)}
      />
    )
  if (type.kind === 'map' && isObject(value))
    return (
      <Entries name={label} values={value} empty={() => emptyOf(type.value, types)} set={set} part={part(type.value)} />
    )
  return null
}

/** A value within a list or a map, which cannot be unset. */
function Part({ type, label, value, path, set, types }: ValueProps) {
  if (type.kind === 'message')
    return (
      <fieldset class="nest" aria-label={label}>
        <MessageForm name={type.name} value={isObject(value) ? value : {}} path={path} set={set} types={types} />
      </fieldset>
    )
  return (
    <Value
      type={type}
      label={label}
      value={value}
      path={path}
      set={one => set(one ?? begun(type, types))}
      types={types}
    />
  )
}

/** A list begins with one element, which is why one adds to it. */
function begun(type: TypeRef, types: TypeTable): unknown {
  if (type.kind === 'list' || type.kind === 'set') return [emptyOf(type.element, types)]
  if (type.kind === 'map') return { '': emptyOf(type.value, types) }
  return emptyOf(type, types)
}
