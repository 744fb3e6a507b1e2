import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { CallDetail } from '../src/console/views.js'
import { CallTable } from './call-table.js'
import { Decisions } from './decisions.js'
import { bytesText, clock, millis } from './format.js'
import { type Lane, lanesOf } from './lanes.js'
import { read } from './live.js'
import { Segment } from './marks.js'
import { hrefOf } from './route.js'
import { type ScaleName, scaleOf, type Tick, ticksOf } from './time-scale.js'

const scales: readonly (readonly [ScaleName, string])[] = [
  ['time', 'to scale'],
  ['steps', 'every step'],
]

/** A kept call, read once. */
export function CallPanel({ id }: { readonly id: string }) {
  const [state, setState] = useState<{ id: string; call?: CallDetail; error?: string }>({ id })
  useEffect(() => {
    const leaving = new AbortController()
    read<CallDetail>(`calls/${encodeURIComponent(id)}`, leaving.signal).then(
      call => setState({ id, call }),
      (error: Error) => !leaving.signal.aborted && setState({ id, error: error.message }),
    )
    return () => leaving.abort()
  }, [id])
  const panel = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Below a long list it would open out of sight.
    if ((panel.current?.getBoundingClientRect().top ?? 0) > innerHeight * 0.8) panel.current?.scrollIntoView()
  }, [state.call])
  if (state.id !== id) return null
  if (state.error !== undefined) return <p class="detail muted">{state.error}</p>
  return state.call === undefined ? null : (
    <div class="opened" ref={panel}>
      <Timeline call={state.call} />
    </div>
  )
}

export function Timeline({ call }: { readonly call: CallDetail }) {
  const lanes = lanesOf(call)
  const [chosen, choose] = useState<ScaleName | undefined>()
  const scale = scaleOf(call.took, lanes, chosen)
  const { percent } = scale
  const [axis, width] = useWidth()
  const ticks = ticksOf(scale, width)
  return (
    <div class="detail">
      <div class="sec">
        <h3>
          <code class="wrap">{call.id}</code>
        </h3>
        <span class="muted">
          {clock(call.at)}
          {call.deadline !== undefined && `, deadline ${millis(call.deadline)} ms`}
          {call.caller !== undefined && callerText(call.caller)}
          {call.received.messages + call.sent.messages > 0 &&
            `, ${bytesText(call.sent.bytes)} sent, ${bytesText(call.received.bytes)} received`}
        </span>
        <span class="end">
          <a href={hrefOf('try', call.name, { side: call.side })}>Repeat in Try it</a>
        </span>
      </div>
      {lanes.length > 1 && (
        <p class="row gap">
          <Segment<ScaleName> label="Scale of time" options={scales} now={scale.name} choose={choose} />
          {scale.name === 'steps' && (
            <span class="hint">Each step is wide enough to be seen; widths do not compare.</span>
          )}
        </p>
      )}
      <div class="lanes">
        <div class="axis e" />
        <div class="axis lane-cell">
          <svg class="lane" aria-hidden="true" ref={axis}>
            {ticks.map(({ at, label }, index) => (
              <text key={at} x={`${percent(at)}%`} y="16" text-anchor={index === 0 ? 'start' : 'middle'}>
                {label}
              </text>
            ))}
          </svg>
        </div>
        <div class="axis e">{millis(call.took)} ms</div>
        {lanes.map(lane => (
          <LaneRow key={lane.key} lane={lane} percent={percent} ticks={ticks} />
        ))}
      </div>
      {call.message !== undefined && <p class="wrap">{call.message}</p>}
      <Decisions call={call} />
      {call.related.length > 0 && (
        <>
          <h4 class="gap">Calls with the same id</h4>
          <CallTable calls={call.related} withMethod />
        </>
      )}
    </div>
  )
}

function callerText({ name, left }: NonNullable<CallDetail['caller']>): string {
  return `, made by ${name.split('/')[1]}${left === undefined ? '' : `, which had ${millis(left)} ms left`}`
}

/** The width of an element in pixels, also after the window was resized. 0 before it is drawn. */
function useWidth() {
  const element = useRef<SVGSVGElement>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    if (element.current === null) return
    const measure = () => setWidth(element.current?.getBoundingClientRect().width ?? 0)
    measure()
    const resized = new ResizeObserver(measure)
    resized.observe(element.current)
    return () => resized.disconnect()
  }, [])
  return [element, width] as const
}

interface LaneProps {
  readonly lane: Lane
  readonly ticks: readonly Tick[]
  percent(ms: number): number
}

function LaneRow({ lane, ticks, percent }: LaneProps) {
  const { number, what, kind, from, to, tone, end, isWait } = lane
  const width = Math.max(0.5, percent(to) - percent(from))
  return (
    <>
      <div class={`lab${isWait ? ' wait' : ''}`}>
        <span class="num">{number}</span>
        <span class={isWait ? '' : 'code'}>{what}</span>
        <span class="u">{kind}</span>
      </div>
      <div class="lane-cell">
        <svg class="lane" role="img" aria-label={`${what}: ${end}, from ${millis(from)} to ${millis(to)} ms`}>
          {ticks.map(({ at }) => (
            <line key={at} class="guide" x1={`${percent(at)}%`} x2={`${percent(at)}%`} y1="0" y2="100%" />
          ))}
          <rect
            class={`b-${tone}`}
            x={`${Math.min(99.5, percent(from))}%`}
            width={`${width}%`}
            y={isWait ? 8 : 6}
            height={isWait ? 8 : 12}
          />
        </svg>
      </div>
      <div class={`res code ${textTones[tone] ?? ''}`}>{isWait ? '' : end}</div>
    </>
  )
}

const textTones: Readonly<Record<string, string>> = { ok: 'ok', bad: 'bad', open: 'warn', off: 'muted', hedge: 'hedge' }
