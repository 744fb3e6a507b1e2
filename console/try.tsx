import { useEffect, useState } from 'preact/hooks'
import type { TrialForm } from '../src/console/trial-views.js'
import type { Tree } from '../src/console/views.js'
import { read } from './live.js'
import { Head } from './marks.js'
import { MethodChoice } from './method-choice.js'
import type { Route } from './route.js'
import { Trying } from './trying.js'

interface Props {
  readonly route: Route
  readonly tree: Tree
  /** Opens the search. */
  search(): void
  say(text: string): void
}

/** A call, made by a form of its schema. */
export function TryPage({ route, tree, search, say }: Props) {
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
  const choice = (
    <div class="grow">
      <span aria-hidden="true">Method</span>
      <MethodChoice page="try" tree={tree} name={form.name} side={form.side} search={search} />
    </div>
  )
  return <Trying key={key} form={form} link={route.query.get('v')} choice={choice} say={say} />
}
