import { useState } from 'preact/hooks'
import type { FieldEntry, TypeRef, TypeTable } from '../src/console/type-views.js'
import { BytesInput } from './bytes-input.js'
import { Hint } from './form-marks.js'
import { emptyOf, isInteger, isNumber, scalarOf, wrongScalar } from './value.js'

export interface ControlProps {
  readonly type: TypeRef & { readonly kind: 'scalar' | 'enum' }
  /** The field, if it is one: whether it is optional or sensitive, and what the contract says of it. */
  readonly field?: FieldEntry
  readonly value: unknown
  readonly id: string
  /** The name, where no label has it. */
  readonly label?: string
  /** Whether an empty control is an empty value. Default: it is an unset field. */
  readonly isSet?: boolean
  readonly types: TypeTable
  /** Undefined unsets the field. */
  set(value: unknown): void
}

/** The control of a scalar or an enum, with its description. A field that can be unset has a box that says whether it is. */
export function Control(props: ControlProps) {
  const { field, id, type, value, types } = props
  return (
    <>
      <Bare {...props} />
      <Hint text={field?.doc ?? null} id={`${id}-d`} />
      {type.kind === 'enum' && <Hint text={docOf(types, type.name, value)} id={`${id}-v`} />}
    </>
  )
}

function Bare(props: ControlProps) {
  const { field, value, id, set, type, types } = props
  if (type.kind === 'enum') return <Choice {...props} />
  if (type.kind === 'scalar' && type.name === 'bool' && field?.optional !== true)
    return (
      <input
        type="checkbox"
        {...namesOf(props)}
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
          aria-label={`Set ${field.name}`}
          onChange={({ currentTarget }) => set(currentTarget.checked ? emptyOf(type, types) : undefined)}
        />
        set
      </label>
      {value === undefined ? (
        <span class="hint" id={id}>
          not set
        </span>
      ) : (
        <ScalarInput {...props} isSet set={one => set(one ?? '')} />
      )}
    </div>
  )
}

/** What names and describes a control. */
function namesOf({ id, label, field }: ControlProps, wrong?: string) {
  const described = [wrong === undefined ? '' : `${id}-e`, (field?.doc ?? null) === null ? '' : `${id}-d`]
  const ids = described.filter(one => one !== '').join(' ')
  return { id, 'aria-label': label, ...(ids !== '' && { 'aria-describedby': ids }) }
}

function docOf(types: TypeTable, name: string, value: unknown): string | null {
  const entry = types[name]
  return (entry?.kind === 'enum' && entry.values.find(one => one.name === value)?.doc) || null
}

function Choice(props: ControlProps) {
  const { type, value, types, set } = props
  const entry = types[type.name]
  const values = entry?.kind === 'enum' ? entry.values : []
  return (
    <select
      class="in"
      {...namesOf(props)}
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

function ScalarInput(props: ControlProps) {
  const { type, field, value, id, set, isSet = false } = props
  const text = value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  const wrong = wrongScalar(text, type.name)
  const common = { ...namesOf(props, wrong), ...(wrong !== undefined && { 'aria-invalid': true }) }
  const typed = (given: string) => set(given === '' ? undefined : scalarOf(given, type.name))
  if (type.name === 'bytes') return <BytesInput {...namesOf(props)} value={value} set={set} />
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
        placeholder={isSet ? 'empty' : 'not set'}
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

/** Any JSON. Text that is not JSON yet stays as it is typed. */
function JsonInput(props: ControlProps) {
  const { value, set, type } = props
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value))
  const [wrong, setWrong] = useState(false)
  return (
    <textarea
      class="in mono"
      {...namesOf(props)}
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
