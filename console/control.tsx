import { useState } from 'preact/hooks'
import type { FieldEntry, TypeRef, TypeTable } from '../src/console/views.js'
import { isInteger, isNumber, scalarOf, wrongScalar } from './value.js'

interface Props {
  readonly type: TypeRef & { readonly kind: 'scalar' | 'enum' }
  /** The field, if it is one: whether it is optional or sensitive. */
  readonly field?: FieldEntry
  readonly value: unknown
  readonly id: string
  /** The name, where no label has it. */
  readonly label?: string
  readonly types: TypeTable
  /** Undefined unsets the field. */
  set(value: unknown): void
}

/** The control of a scalar or an enum. A field that can be unset has a box that says whether it is. */
export function Control(props: Props) {
  const { field, value, id, set, type, types } = props
  if (type.kind === 'enum') return <Choice {...props} />
  if (type.kind === 'scalar' && type.name === 'bool' && field?.optional !== true)
    return (
      <input
        type="checkbox"
        id={id}
        aria-label={props.label}
        checked={value === true}
        onChange={({ currentTarget }) => set(currentTarget.checked ? true : undefined)}
      />
    )
  if (field?.optional !== true) return <ScalarInput {...props} />
  return (
    <div class="row optional">
      <label class="check">
        <input
          type="checkbox"
          checked={value !== undefined}
          onChange={({ currentTarget }) => set(currentTarget.checked ? firstOf(type, types) : undefined)}
        />
        set
      </label>
      {value !== undefined && <ScalarInput {...props} set={one => set(one ?? '')} />}
    </div>
  )
}

function firstOf(type: Props['type'], _types: TypeTable): unknown {
  if (type.name === 'bool') return true
  return isNumber(type.name) && !/64$/.test(type.name) ? 0 : /64$/.test(type.name) ? '0' : ''
}

function Choice({ type, value, id, label, types, set }: Props) {
  const entry = types[type.name]
  const values = entry?.kind === 'enum' ? entry.values : []
  return (
    <select
      class="in"
      id={id}
      aria-label={label}
      value={typeof value === 'string' ? value : ''}
      onChange={({ currentTarget }) => set(currentTarget.value === '' ? undefined : currentTarget.value)}
    >
      <option value="">not set</option>
      {values.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}

function ScalarInput(props: Props) {
  const { type, field, value, id, label, set } = props
  const text = value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  const wrong = wrongScalar(text, type.name)
  const common = {
    id,
    'aria-label': label,
    ...(wrong !== undefined && { 'aria-invalid': true, 'aria-describedby': `${id}-e` }),
  }
  const typed = (given: string) => set(given === '' ? undefined : scalarOf(given, type.name))
  if (type.name === 'bytes') return <BytesInput {...props} />
  if (type.name === 'bool')
    return (
      <input
        type="checkbox"
        {...common}
        checked={value === true}
        onChange={({ currentTarget }) => set(currentTarget.checked)}
      />
    )
  if (type.name === 'timestamp')
    return (
      <div class="row">
        <input
          class="in fit"
          type="datetime-local"
          step="1"
          {...common}
          value={text.slice(0, 19)}
          onInput={({ currentTarget: { value: at } }) =>
            set(at === '' ? undefined : `${at.length === 16 ? `${at}:00` : at}Z`)
          }
        />
        <span class="hint">UTC</span>
      </div>
    )
  if (/^(struct|value|listValue|nullValue|fieldMask)$/.test(type.name)) return <JsonInput {...props} />
  const isMono = isNumber(type.name) || type.name === 'uuid' || field?.sensitive === true
  return (
    <>
      <input
        class={`in${isMono ? ' mono' : ''}`}
        autocomplete="off"
        {...(field?.sensitive === true
          ? { type: 'password' }
          : { type: 'text', inputMode: isInteger(type.name) ? 'numeric' : 'text' })}
        {...common}
        value={text}
        onInput={({ currentTarget }) => typed(currentTarget.value)}
      />
      {wrong !== undefined && (
        <span class="err" id={`${id}-e`}>
          {wrong}
        </span>
      )}
      {field?.sensitive === true && (
        <span class="hint">sensitive: kept out of copies, links, logs and recent calls</span>
      )}
    </>
  )
}

/** A file, in base64. */
function BytesInput({ value, id, label, set }: Props) {
  const [name, setName] = useState('')
  const size = typeof value === 'string' ? Math.floor((value.replace(/=+$/, '').length * 3) / 4) : 0
  return (
    <div class="row">
      <input
        type="file"
        class="fit"
        id={id}
        aria-label={label}
        onChange={async ({ currentTarget }) => {
          const [file] = currentTarget.files ?? []
          if (file === undefined) return
          setName(file.name)
          set(await base64Of(file))
        }}
      />
      <span class="hint">
        {size === 0 ? 'no bytes' : `${name === '' ? '' : `${name}, `}${size} bytes, sent as base64`}
      </span>
    </div>
  )
}

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}

/** Any JSON. Text that is not JSON yet stays as it is typed. */
function JsonInput({ value, id, label, set, type }: Props) {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value))
  const [wrong, setWrong] = useState(false)
  return (
    <textarea
      class="in mono"
      id={id}
      aria-label={label}
      aria-invalid={wrong}
      rows={2}
      placeholder={type.name === 'fieldMask' ? '"name,address.city"' : 'JSON'}
      value={text}
      onInput={({ currentTarget }) => {
        setText(currentTarget.value)
        try {
          set(currentTarget.value === '' ? undefined : JSON.parse(currentTarget.value))
          setWrong(false)
        } catch {
          setWrong(true)
        }
      }}
    />
  )
}
