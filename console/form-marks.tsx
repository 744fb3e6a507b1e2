import type { ComponentChildren } from 'preact'
import type { TypeRef } from '../src/console/type-views.js'

interface GroupProps {
  readonly name: string
  readonly note: ComponentChildren
  readonly children: ComponentChildren
}

/** A field of several controls. */
export function Group({ name, note, children }: GroupProps) {
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

/** What the contract says of a field or a value. */
export function Hint({ text, id }: { readonly text: string | null; readonly id: string }) {
  if (text === null) return null
  return (
    <span class="hint said" id={id}>
      {text}
    </span>
  )
}

export function TypeNote({ type }: { readonly type: TypeRef }) {
  return <span class="type">{typeText(type)}</span>
}

function typeText(type: TypeRef): string {
  switch (type.kind) {
    case 'scalar':
    case 'message':
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
