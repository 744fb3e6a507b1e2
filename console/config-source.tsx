import type { ConfigChange, ConfigSourceView } from '../src/console/views.js'
import { clock, durations } from './format.js'
import { diffOf } from './line-diff.js'
import { reachable, Section } from './marks.js'
import { hrefOf } from './route.js'

/** A configuration: what holds, what the last change did, and what was refused. */
export function ConfigSource({ source, id }: { readonly source: ConfigSourceView; readonly id: string }) {
  const { side, what, value, revision, since, previous, refused, changes } = source
  const followed = revision === null ? what : `followed, revision ${revision} since ${clock(since ?? 0).slice(0, 8)}`
  return (
    <>
      {refused !== null && (
        <Section
          id={`${id}-refused`}
          title={<span class="bad">A later configuration was refused</span>}
          end={clock(refused.at).slice(0, 8)}
        >
          <p class="wrap" role="alert">
            {refused.message.slice(0, 1024)}
          </p>
          <p class="hint">Nothing of it has an effect. Revision {revision} stays.</p>
        </Section>
      )}
      <div class={previous === null ? '' : 'cols even'}>
        <Section
          id={id}
          title={
            previous === null ? `Configuration of what is ${side}` : `Revision ${(revision ?? 2) - 1} to ${revision}`
          }
          end={followed}
        >
          <pre class="diff" {...reachable}>
            {diffOf(previous ?? value, value).map(({ way, text }, at) => (
              <span key={at} class={way}>
                {{ add: '+ ', del: '- ', '': '  ' }[way]}
                {text}
              </span>
            ))}
          </pre>
        </Section>
        {previous !== null && (
          <Section
            id={`${id}-changes`}
            title="What that changed"
            end={changes.length < 200 ? changes.length : 'the first 200'}
          >
            <Changes changes={changes} />
          </Section>
        )}
      </div>
    </>
  )
}

function Changes({ changes }: { readonly changes: readonly ConfigChange[] }) {
  if (changes.length === 0) return <p class="hint">No method has another policy than before.</p>
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Setting</th>
          <th scope="col">From</th>
          <th scope="col">To</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ name, side, policy, from, to }) => (
          <tr key={`${side} ${name} ${policy}`}>
            <th scope="row">
              <a class="code" href={hrefOf('method', name, { side })}>
                {name.split('/')[1]}
              </a>{' '}
              {policy}
            </th>
            <td class="was">{from === null ? 'off' : durations(from)}</td>
            <td class="now">{to === null ? 'off' : durations(to)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
