import { useState } from 'preact/hooks'
import type { ConfigRow, ConfigView } from '../src/console/views.js'
import { ConfigSource } from './config-source.js'
import { Find } from './find.js'
import { durations, num } from './format.js'
import { Blank, By, Head, Scroll, Section } from './marks.js'
import { hrefOf, type Route, replaceQuery } from './route.js'

/** Methods that are found without a search. */
const fewMethods = 20

export function ConfigPage({ data, route }: { readonly data: ConfigView; readonly route: Route }) {
  const [onlyDifferent, setOnlyDifferent] = useState(false)
  const { sources } = data
  const rows = data.rows.filter(({ configured }) => !onlyDifferent || configured !== null)
  return (
    <>
      <Head title="Config">
        <span class="muted">{sources.length === 0 ? 'none is given' : sources.map(({ what }) => what).join(', ')}</span>
      </Head>
      {sources.map((source, at) => (
        <ConfigSource key={`${at} ${source.side}`} source={source} id={`source${at}`} />
      ))}
      <Section
        id="settings"
        title="Declared, configured, effective"
        end={
          <label class="check">
            <input
              type="checkbox"
              checked={onlyDifferent}
              onChange={({ currentTarget }) => setOnlyDifferent(currentTarget.checked)}
            />
            Only what is configured
          </label>
        }
      >
        {data.methodCount > fewMethods && (
          <Find
            label="Find methods"
            value={route.query.get('find') ?? ''}
            set={find => replaceQuery(route, { find: find === '' ? undefined : find })}
            said={`${data.shown} of ${num(data.found)}`}
          />
        )}
        {rows.length === 0 ? (
          <Blank title={data.found === 0 ? 'No method of that name' : 'Nothing is configured'}>
            <p>Every policy is as the classes and the code declare it.</p>
          </Blank>
        ) : (
          <Scroll name="Settings">
            <table class="settings rows">
              <thead>
                <tr>
                  <th scope="col">Method</th>
                  <th scope="col">Policy</th>
                  <th scope="col">Declared</th>
                  <th scope="col">Configured</th>
                  <th scope="col">Effective</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row, at) => (
                  <Row
                    key={`${row.side} ${row.name} ${row.stage} ${row.policy}`}
                    row={row}
                    isFirst={rows[at - 1]?.name !== row.name || rows[at - 1]?.side !== row.side}
                  />
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Section>
    </>
  )
}

/** On a phone its cells stand below each other, those of `data-as` with their names, and what is not configured is left out. */
function Row({ row, isFirst }: { readonly row: ConfigRow; readonly isFirst: boolean }) {
  const { name, side, policy, stage, declared, by, configured, effective } = row
  return (
    <tr class={configured === null ? 'same' : ''}>
      <td class="code">{isFirst && <a href={hrefOf('method', name, { side })}>{name}</a>}</td>
      <th scope="row">
        <span class="code">{policy}</span> <span class="u">{stage}</span>
      </th>
      <td data-as="declared">
        {declared === null ? (
          <span class="u">–</span>
        ) : (
          <>
            <span class={configured === null ? '' : 'was'}>{durations(declared)}</span> <By who={by} />
          </>
        )}
      </td>
      <td data-as="configured">{configured === null ? <span class="u">–</span> : durations(configured)}</td>
      <td data-as="effective" class={configured === null ? '' : 'now'}>
        {effective === null ? 'off' : durations(effective)}
      </td>
    </tr>
  )
}
