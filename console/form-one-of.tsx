import type { ComponentChildren } from 'preact'
import type { FieldEntry, TypeTable } from '../src/console/type-views.js'
import { Group, Hint } from './form-marks.js'
import { emptyOf, type Json } from './value.js'

interface Props {
  readonly types: TypeTable
  readonly field: FieldEntry
  readonly cases: readonly FieldEntry[]
  /** The message around it, whose keys its cases are. */
  readonly value: Json
  readonly path: string
  set(value: Json): void
  /** Draws the value of the chosen case, which `change` replaces. */
  readonly part: (chosen: FieldEntry, value: unknown, change: (value: unknown) => void) => ComponentChildren
}

/** At most one of several fields. */
export function OneOf({ field, cases, value, path, set, types, part }: Props) {
  const chosen = cases.find(one => one.name in value)
  const others = () => Object.fromEntries(Object.entries(value).filter(([key]) => !cases.some(one => one.name === key)))
  return (
    <Group name={field.name} note={<span class="type">one of {cases.length}</span>}>
      <Hint text={field.doc} id={`${path}-${field.name}-d`} />
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
          {part({ ...chosen, sensitive: field.sensitive }, value[chosen.name], one =>
            set(one === undefined ? others() : { ...others(), [chosen.name]: one }),
          )}
        </div>
      )}
    </Group>
  )
}
