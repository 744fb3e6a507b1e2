import type { FieldEntry, TypeEntry, TypeRef, TypeTable } from '../src/console/type-views.js'

interface Props {
  readonly types: TypeTable
  readonly input: string
  readonly output: string
  readonly throws: readonly string[]
}

/** The messages of a method, with a link to each type. */
export function Types({ types, input, output, throws }: Props) {
  const roles = new Map<string, string>([
    ...throws.map(name => [name, 'throws'] as const),
    [output, 'returns'],
    [input, 'accepts'],
  ])
  const first = [input, output, ...throws]
  const names = [...new Set([...first, ...Object.keys(types)])]
  return (
    <section class="types" aria-labelledby="types">
      <div class="sec">
        <h2 id="types">Types</h2>
      </div>
      {names.map(name => {
        const entry = types[name]
        return entry === undefined ? null : <Type key={name} name={name} role={roles.get(name) ?? ''} entry={entry} />
      })}
    </section>
  )
}

function idOf(name: string): string {
  return `t-${name.replace(/[^\w.-]/g, '-')}`
}

function Type({ name, role, entry }: { readonly name: string; readonly role: string; readonly entry: TypeEntry }) {
  return (
    <>
      <h3 id={idOf(name)} tabIndex={-1}>
        {name} <span>{role}</span>
      </h3>
      <Doc text={entry.doc} />
      <ul class="type-tree">
        {entry.kind === 'enum'
          ? entry.values.map(value => (
              <li key={value.name}>
                <span>{value.number}</span>
                <span>{value.name}</span>
                <span />
                <Doc text={value.doc} />
              </li>
            ))
          : entry.fields.flatMap(field => [
              <Field key={field.name} field={field} />,
              ...(field.type.kind === 'oneof' ? field.type.cases : []).map(one => (
                <Field key={one.name} field={one} isCase />
              )),
            ])}
        {entry.kind === 'message' && entry.fields.length === 0 && (
          <li>
            <span />
            <span class="muted">no fields</span>
            <span />
          </li>
        )}
      </ul>
    </>
  )
}

function Field({ field, isCase = false }: { readonly field: FieldEntry; readonly isCase?: boolean }) {
  const notes = [field.sensitive ? 'sensitive' : '', field.deprecated ? 'deprecated' : ''].filter(note => note !== '')
  return (
    <li>
      <span>{field.number ?? ''}</span>
      <span>
        {isCase ? '\u00a0\u00a0' : ''}
        {field.name}
      </span>
      <span class="muted">
        <TypeText type={field.type} />
        {notes.length > 0 && `, ${notes.join(', ')}`}
      </span>
      <Doc text={field.doc} />
    </li>
  )
}

/** A description, as the class has it. */
export function Doc({ text }: { readonly text: string | null }) {
  return text === null ? null : <span class="doc">{text}</span>
}

export function TypeText({ type }: { readonly type: TypeRef }) {
  switch (type.kind) {
    case 'scalar':
      return <>{type.name}</>
    case 'message':
    case 'enum':
      return (
        <button class="pick" type="button" onClick={() => show(type.name)}>
          {type.name}
        </button>
      )
    case 'list':
    case 'set':
      return (
        <>
          {type.kind} of <TypeText type={type.element} />
        </>
      )
    case 'map':
      return (
        <>
          map of <TypeText type={type.key} /> to <TypeText type={type.value} />
        </>
      )
    case 'oneof':
      return <>one of {type.cases.length}</>
  }
}

function show(name: string): void {
  const head = document.getElementById(idOf(name))
  head?.scrollIntoView({ block: 'nearest' })
  head?.focus({ preventScroll: true })
}
