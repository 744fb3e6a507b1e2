import { num, sum } from './format.js'

interface SparkProps {
  readonly values: readonly number[]
  /** A sentence that says what the picture shows. */
  readonly label: string
  /** Slots with failures. */
  readonly bad?: readonly number[]
  readonly quiet?: boolean
  readonly width?: number
}

export function Spark({ values, label, bad = [], quiet = false, width = 96 }: SparkProps) {
  const height = 20
  const last = Math.max(1, values.length - 1)
  const top = Math.max(...values, 0.001) * 1.05
  const x = (at: number) => ((at / last) * width).toFixed(1)
  const line = values.map((value, at) => `${x(at)} ${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`).join('L')
  const marks = bad.map((count, at) => (count > 0 ? `M${x(at)} ${height}v-5` : '')).join('')
  return (
    <svg
      class={`spark${quiet ? ' quiet' : ''}`}
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
    >
      {values.length > 1 && <path class="fill" d={`M0 ${height}L${line}L${width} ${height}z`} />}
      {values.length > 1 && <path class="line" d={`M${line}`} />}
      {marks !== '' && <path class="err" d={marks} />}
    </svg>
  )
}

type Bucket = readonly [le: number, count: number]

interface HistogramProps {
  readonly buckets: readonly Bucket[]
  readonly p50: number | null
  readonly p99: number | null
}

/** Milliseconds above which a bar is amber: a call that a person notices. */
const noticed = 100

export function Histogram({ buckets, p50, p99 }: HistogramProps) {
  const top = Math.max(...buckets.map(([, count]) => Math.log10(count + 1)), 0.1)
  const step = 100 / buckets.length
  const every = Math.ceil(buckets.length / 6)
  const place = (value: number) => (buckets.findIndex(([le]) => value <= le) + 0.5) * step
  const marks = [
    ['p50', p50],
    ['p99', p99],
  ] as const
  const calls = sum(buckets.map(([, count]) => count))
  return (
    <svg class="hist" role="img" aria-label={`Latency of ${num(calls)} calls: p50 ${p50} ms, p99 ${p99} ms`}>
      <line class="base" x1="0" x2="100%" y1="78.5" y2="78.5" />
      {buckets.map(([le, count], at) => {
        const height = count > 0 ? Math.max(2, (Math.log10(count + 1) / top) * 62) : 0
        return (
          <rect
            key={le}
            class={le > noticed ? 'tail' : ''}
            x={`${at * step + 0.3}%`}
            width={`${Math.max(0.5, step - 0.6)}%`}
            y={78 - height}
            height={height}
          >
            <title>{`up to ${le} ms: ${num(count)} calls`}</title>
          </rect>
        )
      })}
      {marks.map(([name, value], at) =>
        value === null ? null : (
          <g key={name}>
            <line x1={`${place(value)}%`} x2={`${place(value)}%`} y1="2" y2="78" />
            <text
              class="pq"
              x={`${place(value)}%`}
              dx={place(value) > 70 ? -4 : 4}
              y={at === 0 ? 10 : 22}
              text-anchor={place(value) > 70 ? 'end' : 'start'}
            >
              {name} {value}
            </text>
          </g>
        ),
      )}
      {buckets.map(([le], at) =>
        at % every === 0 ? (
          <text key={le} x={`${(at + 0.5) * step}%`} y="93" text-anchor="middle">
            {le}
          </text>
        ) : null,
      )}
    </svg>
  )
}

/** The class of the n-th of several parts. Beyond three they repeat, which the legend's order tells apart; from nine on they are one. */
export function partClass(at: number): string {
  return at < 9 ? `s${(at % 3) + 1}${at > 2 ? ' again' : ''}` : 'rest'
}

interface PicksProps {
  readonly names: readonly string[]
  /** By endpoint, each with 60 seconds, oldest first. */
  readonly picks: readonly (readonly number[])[]
}

export function Picks({ names, picks }: PicksProps) {
  const totals = picks.map(sum)
  const all = sum(totals)
  const said = names.map((name, at) => `${name} ${num(totals[at] ?? 0)}`).join(', ')
  const seconds = Array.from({ length: 60 }, (_, second) => picks.map(one => one[second] ?? 0))
  const top = Math.max(1, ...seconds.map(sum))
  let x = 0
  return (
    <>
      <svg class="stack" height="12" role="img" aria-label={`Share of picks: ${said}`}>
        {totals.map((total, at) => {
          const width = all === 0 ? 0 : (total / all) * 100
          const from = x
          x += width
          return (
            <rect
              key={names[at]}
              class={partClass(at)}
              x={`${from}%`}
              width={`${Math.max(0, width - 0.25)}%`}
              height="12"
            />
          )
        })}
      </svg>
      <svg class="columns" role="img" aria-label={`Picks of each second of the last minute: ${said}`}>
        {seconds.map((parts, second) => {
          let y = 72
          return parts.map((count, at) => {
            const height = (count / top) * 56
            y -= height
            return height < 0.4 ? null : (
              <rect
                key={`${second} ${names[at]}`}
                class={partClass(at)}
                x={`${(second / 60) * 100}%`}
                width="1.3%"
                y={y}
                height={Math.max(0.5, height - 1)}
              />
            )
          })
        })}
        <line class="base" x1="0" x2="100%" y1="72.5" y2="72.5" />
        <text x="0" y="88">
          60 s ago
        </text>
        <text x="100%" y="88" text-anchor="end">
          now
        </text>
      </svg>
      <ul class="legend">
        {names.map((name, at) => (
          <li key={name}>
            <Swatch at={at} />
            {name}
          </li>
        ))}
      </ul>
    </>
  )
}

export function Swatch({ at }: { readonly at: number }) {
  return (
    <svg width="8" height="8" aria-hidden="true">
      <rect class={partClass(at)} width="8" height="8" />
    </svg>
  )
}

export function Meter({ used, label }: { readonly used: number; readonly label: string }) {
  return (
    <svg class={`meter${used >= 75 ? ' near' : ''}`} height="8" role="img" aria-label={label}>
      <rect class="room" width="100%" height="8" />
      <rect class="used" width={`${Math.min(100, Math.max(used, 0.4))}%`} height="8" />
    </svg>
  )
}
