import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { TrialForm } from '../src/console/trial-views.js'
import { type Composed, headersOf } from './composed.js'
import { type CopyForm, copyAs } from './copy-as.js'
import { Exchange } from './exchange.js'
import { MessageForm } from './form.js'
import { HeaderRows } from './header-rows.js'
import { JsonBox, type Typed, wrongIn } from './json-box.js'
import { Head, reachable, Section, Segment } from './marks.js'
import { linkedIn, linkOf } from './permalink.js'
import { Question } from './question.js'
import { type Logged, Reply, StreamLog } from './reply.js'
import { Doc } from './types.js'
import { isObject, type Json } from './value.js'

/** Events of a stream that are kept. */
const mostEvents = 1000

interface Props {
  readonly form: TrialForm
  /** What the link carries. */
  readonly link: string | null
  readonly choice: ComponentChildren
  say(text: string): void
}

const copies: readonly (readonly [CopyForm, string])[] = [
  ['curl', 'curl'],
  ['polywire', 'polywire'],
  ['TypeScript', 'TypeScript'],
]

export function Trying({ form, link, choice, say }: Props) {
  const linked = linkedIn(link)
  const [value, setValue] = useState<Json>(isObject(linked?.value) ? linked.value : {})
  const [typed, setTyped] = useState<Typed | undefined>()
  const [headers, setHeaders] = useState<readonly (readonly [string, string])[]>(linked?.headers ?? [])
  const [wire, setWire] = useState(linked?.wire ?? form.wires[0]?.name ?? '')
  const [routeName, setRoute] = useState(linked?.route ?? '')
  const [codec, setCodec] = useState(linked?.codec ?? '')
  const [timeout, setTimeoutText] = useState(linked?.timeout ?? '')
  const [how, setHow] = useState<CopyForm>('curl')
  const [isAsking, setAsking] = useState(false)
  const { events, failure, isRunning, exchange, begin, fail } = useExchange()

  const chosen = form.wires.find(({ name }) => name === wire) ?? form.wires[0]
  const sends = form.kind === 'client_streaming' || form.kind === 'bidi_streaming'
  const isUnary = form.kind === 'unary'
  const route =
    chosen?.name === 'rest' ? (form.routes.find(({ name }) => name === routeName) ?? form.routes[0]) : undefined
  const codecs = route?.answers ?? chosen?.codecs ?? []
  const composed: Composed = {
    form,
    wire: chosen?.name ?? '',
    route,
    codec: codecs.includes(codec) ? codec : '',
    timeout,
    headers,
    value,
  }
  const text = copyAs(how, composed)

  // What is sent is what stands in the box.
  const isRead = () => {
    const wrong = wrongIn(typed, value)
    if (wrong !== undefined) fail(new Error(`Nothing was sent, because the JSON is ${wrong}`))
    return wrong === undefined
  }
  const send = () => {
    if (!sends && !isRead()) return
    if (form.idempotency === 'unknown' && !isAsking) {
      setAsking(true)
      return
    }
    setAsking(false)
    begin({
      method: form.name,
      side: form.side,
      headers: Object.fromEntries(headersOf(composed)),
      messages: sends ? [] : [value],
      open: sends,
      ...(form.side === 'served' && chosen !== undefined && { wire: chosen.name }),
      ...(route === undefined ? composed.codec !== '' && { codec: composed.codec } : { route: route.name }),
      ...(timeout !== '' && { timeout }),
    })
  }
  const act = (running: Promise<void> | undefined) => void running?.catch(fail)

  return (
    <>
      <Head title="Try it">
        <button
          class="btn"
          type="button"
          onClick={() => copy(linkTo(linkOf(composed)), 'Link copied, without sensitive fields', say)}
        >
          Copy the link
        </button>
      </Head>
      <form
        class="bar"
        data-send
        onSubmit={event => {
          event.preventDefault()
          if (!isRunning) send()
        }}
      >
        {choice}
        <Choice name="Wire" value={chosen?.name ?? ''} options={form.wires.map(({ name }) => name)} choose={setWire} />
        {route !== undefined && (
          <Choice name="Route" value={route.name} options={form.routes.map(({ name }) => name)} choose={setRoute} />
        )}
        {codecs.length > 0 && (
          <Choice
            name={route === undefined ? 'Codec' : 'Accept'}
            value={composed.codec === '' ? (codecs[0] ?? '') : composed.codec}
            options={codecs}
            choose={setCodec}
          />
        )}
        <label>
          <span>Deadline</span>
          <input
            class="in"
            size={6}
            placeholder="declared"
            value={timeout}
            onInput={({ currentTarget }) => setTimeoutText(currentTarget.value)}
          />
        </label>
        {isRunning && !sends ? (
          <button key="cancel" class="btn" type="button" onClick={() => exchange.current?.cancel()}>
            Cancel
          </button>
        ) : (
          // A button of its own: if that of Cancel became it while its click goes on, the click would send the call again.
          <button key="send" class="btn go" type="submit" disabled={isRunning || form.wires.length === 0}>
            {isUnary ? 'Send' : 'Open the stream'} <kbd>Ctrl ↵</kbd>
          </button>
        )}
      </form>
      {isAsking && <Question name={form.name} isUnary={isUnary} send={send} leave={() => setAsking(false)} />}
      <Doc text={form.doc} />
      <HeaderRows headers={headers} set={setHeaders} />
      <div class="try">
        <Section id="request" title={sends ? 'Next message' : 'Request'} end={<span class="code">{form.input}</span>}>
          <MessageForm name={form.input} value={value} path="f" set={setValue} types={form.types} />
          {sends && (
            <p class="row gap">
              <button
                class="btn"
                type="button"
                disabled={!isRunning}
                onClick={() => {
                  if (!isRead()) return
                  fail(undefined)
                  act(exchange.current?.send(value))
                }}
              >
                Send the message
              </button>
              <button
                class="btn"
                type="button"
                disabled={!isRunning}
                onClick={() => act(exchange.current?.halfClose())}
              >
                Half-close
              </button>
              <button class="btn" type="button" disabled={!isRunning} onClick={() => exchange.current?.cancel()}>
                Cancel
              </button>
            </p>
          )}
          {sends && <p class="hint">Half-close says that no more is sent; replies go on. Cancel ends both ways.</p>}
        </Section>
        <div>
          <JsonBox value={value} set={setValue} form={form} typed={typed} setTyped={setTyped} />
          {failure !== undefined && (
            <p class="bad" role="alert">
              {failure}
            </p>
          )}
          {isUnary ? (
            <Reply events={events} isRunning={isRunning} />
          ) : (
            <StreamLog events={events} isRunning={isRunning} />
          )}
          <Section
            id="copies"
            title="Copy as"
            end={
              <>
                <Segment<CopyForm> label="Copy as" options={copies} now={how} choose={setHow} />{' '}
                <button class="btn" type="button" onClick={() => copy(text, 'Copied, without sensitive fields', say)}>
                  Copy
                </button>
              </>
            }
          >
            <pre class="wrap" id="copytext" {...reachable}>
              {text}
            </pre>
          </Section>
        </div>
      </div>
    </>
  )
}

/** The call under way, and what is told of it. It is cancelled when the page is left. */
function useExchange() {
  const [events, setEvents] = useState<readonly Logged[]>([])
  const [failure, setFailure] = useState<string | undefined>()
  const [isRunning, setRunning] = useState(false)
  const exchange = useRef<Exchange | undefined>(undefined)
  useEffect(() => () => exchange.current?.cancel(), [])
  const fail = (error: Error | undefined) => setFailure(error?.message)
  const begin = (request: Parameters<Exchange['run']>[0]) => {
    const made = new Exchange()
    exchange.current = made
    setEvents([])
    setFailure(undefined)
    setRunning(true)
    let count = 0
    made
      .run(request, told => {
        const numbered = told.map((event): Logged => ({ ...event, number: ++count }))
        setEvents(all => [...all, ...numbered].slice(-mostEvents))
      })
      .catch(fail)
      .finally(() => setRunning(false))
  }
  return { events, failure, isRunning, exchange, begin, fail }
}

interface ChoiceProps {
  readonly name: string
  readonly value: string
  readonly options: readonly string[]
  choose(option: string): void
}

function Choice({ name, value, options, choose }: ChoiceProps) {
  return (
    <label>
      <span>{name}</span>
      <select class="in" value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {options.map(option => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  )
}

function linkTo(hash: string): string {
  return location.href.replace(/#.*/s, '') + hash
}

/** The clipboard is only there on https and on this machine. */
function copy(text: string, said: string, say: (text: string) => void): void {
  const failed = () => say('The browser lets no page copy here; select the text instead')
  if (navigator.clipboard === undefined) failed()
  else navigator.clipboard.writeText(text).then(() => say(said), failed)
}
