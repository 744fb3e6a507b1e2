import { useEffect, useState } from 'preact/hooks'
import type { Shell, TrialForm } from '../src/console/views.js'
import { read } from './live.js'
import { Head } from './marks.js'
import { hrefOf, type Route } from './route.js'
import { Trying } from './trying.js'

interface Props {
  readonly route: Route
  readonly shell: Shell | undefined
  say(text: string): void
}

/** A call, made by a form of its schema. */
export function TryPage({ route, shell, say }: Props) {
  const { name, side } = route
  const [state, setState] = useState<{ key: string; form?: TrialForm; error?: string }>({ key: '' })
  const key = `${side ?? ''} ${name}`
  useEffect(() => {
    if (name === '') return
    const leaving = new AbortController()
    read<TrialForm>(`try/${name}${side === undefined ? '' : `?side=${side}`}`, leaving.signal).then(
      form => setState({ key, form }),
      (error: Error) => !leaving.signal.aborted && setState({ key, error: error.message }),
    )
    return () => leaving.abort()
  }, [key])
  const form = state.key === key ? state.form : undefined
  if (state.key === key && state.error !== undefined)
    return (
      <>
        <Head title="Try it" />
        <p class="lead">{state.error}</p>
      </>
    )
  if (form === undefined) return <Head title="Try it" />
  const choice = <MethodChoice shell={shell} form={form} />
  return <Trying key={key} form={form} link={route.query.get('v')} choice={choice} say={say} />
}

function MethodChoice({ shell, form }: { readonly shell: Shell | undefined; readonly form: TrialForm }) {
  const tree = shell?.tree ?? [form]
  const groups = [
    ['served', 'Served here'],
    ['called', 'Called from here, by this process’s channel'],
  ] as const
  return (
    <label class="grow">
      <span>Method</span>
      <select
        class="in mono"
        value={`${form.side} ${form.name}`}
        onChange={({ currentTarget: { value } }) => {
          const [side = '', name = ''] = value.split(' ')
          location.hash = hrefOf('try', name, { side })
        }}
      >
        {groups.map(([side, label]) => {
          const methods = tree.filter(one => one.side === side)
          return methods.length === 0 ? null : (
            <optgroup key={side} label={label}>
              {methods.map(({ name }) => (
                <option key={name} value={`${side} ${name}`}>
                  {name}
                </option>
              ))}
            </optgroup>
          )
        })}
      </select>
    </label>
  )
}
