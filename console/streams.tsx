import type { StreamRow } from '../src/console/server-views.js'
import { bytesText, num, span } from './format.js'
import { Blank, Scroll, Section } from './marks.js'
import { hrefOf } from './route.js'

/** Open streams, the oldest first. @param all how many are open */
export function Streams({ rows, all }: { readonly rows: readonly StreamRow[]; readonly all: number }) {
  const shown = all > rows.length ? `the oldest ${rows.length} of ${num(all)}` : num(all)
  return (
    <Section id="streams" title="Open streams" end={`${shown} that began while the console was open`}>
      {rows.length === 0 ? (
        <Blank title="None is open">
          <p>A stream is listed if the console was open when it began.</p>
        </Blank>
      ) : (
        <Scroll name="Open streams">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Method</th>
                <th scope="col">Peer</th>
                <th scope="col" class="n">
                  Received
                </th>
                <th scope="col" class="n">
                  Sent
                </th>
                <th scope="col" class="n p2">
                  Waiting to be read
                </th>
                <th scope="col" class="n">
                  Age
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((stream, at) => (
                <tr key={`${at} ${stream.peer}`}>
                  <th scope="row">
                    <a class="code" href={hrefOf('method', stream.name, { side: stream.side })}>
                      {stream.name}
                    </a>
                  </th>
                  <td class="mono">{stream.peer}</td>
                  <td class="n">{num(stream.received)}</td>
                  <td class="n">{num(stream.sent)}</td>
                  <td class="n p2">
                    <Waiting stream={stream} />
                  </td>
                  <td class="n">{span(stream.age)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Section>
  )
}

/** What arrived waits here, what was sent waits for the peer. */
function Waiting({ stream: { unread, unsent } }: { readonly stream: StreamRow }) {
  if (unread === null && unsent === null) return <span class="u">–</span>
  const parts = [
    [unread, 'here'],
    [unsent, 'by the peer'],
  ] as const
  const waiting = parts.filter(([bytes]) => bytes !== null && bytes > 0)
  if (waiting.length === 0) return <>{bytesText(0)}</>
  return (
    <>
      {waiting.map(([bytes, where], at) => (
        <>
          {at > 0 && ', '}
          {bytesText(bytes ?? 0)} <span class="u">{where}</span>
        </>
      ))}
    </>
  )
}
