import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { HttpAnswer } from '../src/console/trial-views.js'
import { decisionText } from './decision-rows.js'
import type { ExchangeEvent } from './exchange.js'
import { bytesText, millis, num, toneOf } from './format.js'
import { Blank, reachable, Section } from './marks.js'
import { Timeline } from './timeline.js'

/** An event with its number, from 1. */
export type Logged = ExchangeEvent & { readonly number: number }

type End = Extract<ExchangeEvent, { type: 'end' }>

interface Props {
  readonly events: readonly Logged[]
  readonly isRunning: boolean
}

/** The reply of a unary call. */
export function Reply({ events, isRunning }: Props) {
  const reply = events.find(({ type }) => type === 'received')
  const end = endIn(events)
  const bytes = reply?.type === 'received' && reply.bytes > 0 ? `, ${bytesText(reply.bytes)}` : ''
  const isCanceled = events.at(-1)?.type === 'canceled'
  const open = isRunning ? 'under way' : isCanceled ? 'canceled' : ''
  const state = end === undefined ? open : <EndState end={end} after={bytes} />
  return (
    <Section id="reply" title="Reply" end={state}>
      <div aria-live="polite">
        {reply?.type === 'received' && <Painted json={reply.message} label="Reply" />}
        {isCanceled && <p class="hint">{canceledText}</p>}
        {end === undefined && !isRunning && !isCanceled && (
          <Blank title="Nothing sent yet">
            <p>The reply, its headers and trailers, and the timeline of its attempts stand here.</p>
          </Blank>
        )}
        {end !== undefined && <Outcome end={end} />}
      </div>
    </Section>
  )
}

/** The messages of a stream, both ways. It follows the end unless it is scrolled. */
export function StreamLog({ events, isRunning }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  useLayoutEffect(() => {
    const { current } = box
    if (current !== null && follows.current) current.scrollTop = current.scrollHeight
  }, [events])
  const end = endIn(events)
  const last = events.at(-1)
  const closed = last?.type === 'canceled' ? 'canceled' : 'not open'
  const open = isRunning ? `open, ${num(last?.number ?? 0)} lines` : closed
  const state = end === undefined ? open : <EndState end={end} after="" />
  return (
    <Section id="log" title="Log" end={state}>
      {events.length === 0 ? (
        <Blank title="No stream is open">
          <p>Open it, and each message shows when it went or came. The last 1,000 lines stay.</p>
        </Blank>
      ) : (
        <div
          class="log"
          {...reachable}
          role="log"
          aria-label="Messages of the stream"
          ref={box}
          onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
            follows.current = scrollHeight - scrollTop - clientHeight < 24
          }}
        >
          <ol>
            {events.map(event => (
              <Line key={event.number} event={event} />
            ))}
          </ol>
        </div>
      )}
      {end !== undefined && <Outcome end={end} />}
    </Section>
  )
}

function endIn(events: readonly ExchangeEvent[]): End | undefined {
  const last = events.at(-1)
  return last?.type === 'end' ? last : undefined
}

function Line({ event }: { readonly event: ExchangeEvent }) {
  const [tone, way] = {
    sent: ['up', '→ sent'],
    received: ['down', '← got'],
    open: ['', '· state'],
    end: ['', '· state'],
    canceled: ['', '· state'],
    'half-closed': ['', '· state'],
    decided: ['warn', '· policy'],
  }[event.type] as [string, string]
  return (
    <li>
      <span class="mono muted">{millis(event.at)} ms</span>
      <span class={tone}>{way}</span>
      <code class="wrap">{lineText(event)}</code>
      <span class="muted">{event.type === 'received' ? receivedText(event) : ''}</span>
    </li>
  )
}

function lineText(event: ExchangeEvent): string {
  switch (event.type) {
    case 'sent':
    case 'received':
      return cut(JSON.stringify(event.message), mostInLine)
    case 'decided':
      return `${event.decision.policy} ${decisionText(event.decision)}`
    case 'end':
      return `ended ${event.code}`
    case 'canceled':
      return canceledText
    case 'half-closed':
      return 'half-closed; replies go on'
    case 'open':
      return 'open'
  }
}

const canceledText = 'canceled by you: the server was told'

function receivedText({ id, bytes }: Extract<ExchangeEvent, { type: 'received' }>): string {
  return [...(id === undefined ? [] : [`id ${id}`]), ...(bytes > 0 ? [bytesText(bytes)] : [])].join(', ')
}

function EndState({ end, after }: { readonly end: End; readonly after: string }) {
  return (
    <>
      {end.http !== undefined && <span class="code">{`${end.http.status} ${end.http.text}, `}</span>}
      <span class={`code ${toneOf(end.code)}`}>{end.code}</span> in {millis(end.at)} ms{after}
    </>
  )
}

function Outcome({ end }: { readonly end: End }) {
  const { code, message, reason, error, headers, trailers, call, http } = end
  const attempts = call?.timeline.length ?? 0
  return (
    <>
      {code !== 'ok' && (
        <p class="wrap">
          {reason !== undefined && <code>{reason}: </code>}
          {message}
        </p>
      )}
      {error !== undefined && (
        <>
          <h3 class="code">{error.type}</h3>
          <Painted json={error.fields} label={`Fields of ${error.type}`} />
        </>
      )}
      {http?.problem !== undefined && <Painted json={http.problem} label="Problem" />}
      {http?.file !== undefined && <File file={http.file} />}
      <details open={http !== undefined}>
        <summary>
          {headers.length} headers, {trailers.length} trailers, {attempts} {attempts === 1 ? 'attempt' : 'attempts'}
        </summary>
        <dl class="pairs">
          {[...headers, ...trailers].flatMap(([name, value], at) => [
            <dt key={`${at} name`}>{name}</dt>,
            <dd key={`${at} value`} class="wrap">
              {value}
            </dd>,
          ])}
        </dl>
        {call !== null && <Timeline call={call} />}
      </details>
    </>
  )
}

/** A reply of bytes, as a file. */
function File({ file: { type, bytes, base64 } }: { readonly file: NonNullable<HttpAnswer['file']> }) {
  return (
    <p class="row">
      <span>
        {bytesText(bytes)} of {type}
      </span>
      {base64 === null ? (
        <span class="hint">too large to save here, or sensitive; copy the call as curl</span>
      ) : (
        <a class="btn" href={`data:application/octet-stream;base64,${base64}`} download="reply">
          Save the file
        </a>
      )}
    </p>
  )
}

const tokens = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([^"\d-]+|.)/gi

/** Characters of JSON that are coloured, and that are shown at all; of a line in the log. */
const mostColoured = 50_000
const mostShown = 500_000
const mostInLine = 2000

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (cut from ${num(text.length)} characters)`
}

/** JSON in colours. */
function Painted({ json, label }: { readonly json: unknown; readonly label: string }) {
  const text = JSON.stringify(json, null, 2)
  const parts: ComponentChildren[] = text.length > mostColoured ? [cut(text, mostShown)] : []
  for (const [whole, quoted, colon, number] of parts.length > 0 ? [] : text.matchAll(tokens)) {
    if (quoted !== undefined) parts.push(<span class={colon === undefined ? 's' : 'k'}>{quoted}</span>, colon ?? '')
    else parts.push(number === undefined ? whole : <span class="d">{number}</span>)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls
    <pre {...reachable} role="group" aria-label={label}>
      {parts}
    </pre>
  )
}
