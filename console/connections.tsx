import type { ConnectionRow } from '../src/console/server-views.js'
import { bytesText, num, span } from './format.js'
import { Blank, Scroll, Section } from './marks.js'

/** The oldest connections of the server. @param all how many are open */
export function Connections({ rows, all }: { readonly rows: readonly ConnectionRow[]; readonly all: number }) {
  const hasNames = rows.some(({ identity }) => identity !== null)
  return (
    <Section
      id="connections"
      title="Connections"
      end={all > rows.length ? `the oldest ${rows.length} of ${num(all)}` : 'oldest first'}
    >
      {rows.length === 0 ? (
        <Blank title="None is open">
          <p>A connection is listed from the moment it is accepted.</p>
        </Blank>
      ) : (
        <Scroll name="Connections">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Peer</th>
                {hasNames && <th scope="col">Who</th>}
                <th scope="col">Protocol</th>
                <th scope="col" class="n">
                  In flight
                </th>
                <th scope="col" class="n p2">
                  Read
                </th>
                <th scope="col" class="n p2">
                  Written
                </th>
                <th scope="col" class="n">
                  Age
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ peer, protocol, secure, identity, calls, bytesRead, bytesWritten, age }) => (
                <tr key={peer}>
                  <th scope="row" class="mono">
                    {peer}
                  </th>
                  {hasNames && <td>{identity ?? <span class="u">–</span>}</td>}
                  <td>
                    {protocol === null ? <span class="u">not known yet</span> : <span class="code">{protocol}</span>}
                    {secure && <span class="u"> TLS</span>}
                  </td>
                  <td class="n">{num(calls)}</td>
                  <td class="n p2">{bytesText(bytesRead)}</td>
                  <td class="n p2">{bytesText(bytesWritten)}</td>
                  <td class="n">{span(age)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Section>
  )
}
