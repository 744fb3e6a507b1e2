import { millis, num, sum } from './format.js'

type Bucket = readonly [le: number, count: number]

interface HistogramProps {
  readonly buckets: readonly Bucket[]
  readonly p50: number | null
  readonly p99: number | null
  /** Milliseconds from which calls are listed; 0 for all. */
  readonly from: number
  choose(from: number): void
}

/** Milliseconds above which a bar is amber: a call that a person notices. */
const noticed = 100

/**
 * Calls by latency. A bar, with all that is above and below it, or the slider chooses the tail from there on.
 * The lower bound of a bar is the upper bound of the one before; that of the first bar is 0, which chooses all.
 */
export function Histogram({ buckets, p50, p99, from, choose }: HistogramProps) {
  const top = Math.max(...buckets.map(([, count]) => Math.log10(count + 1)), 0.1)
  const step = 100 / buckets.length
  const every = Math.ceil(buckets.length / 6)
  const place = (value: number) => (buckets.findIndex(([le]) => value <= le) + 0.5) * step
  const marks = [
    ['p50', p50],
    ['p99', p99],
  ] as const
  const calls = sum(buckets.map(([, count]) => count))
  const bounds = buckets.map((_, at) => buckets[at - 1]?.[0] ?? 0)
  const first =
    from === 0
      ? 0
      : Math.max(
          0,
          bounds.findIndex((_, at) => (buckets[at]?.[0] ?? 0) > from),
        )
  const inTail = sum(buckets.slice(first).map(([, count]) => count))
  return (
    <>
      <svg class="hist" role="img" aria-label={`Latency of ${num(calls)} calls: p50 ${p50} ms, p99 ${p99} ms`}>
        <line class="base" x1="0" x2="100%" y1="78.5" y2="78.5" />
        {buckets.map(([le, count], at) => {
          const height = count > 0 ? Math.max(2, (Math.log10(count + 1) / top) * 62) : 0
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the slider has the keys
            <g key={le} onClick={() => choose(bounds[at] ?? 0)}>
              <title>{`up to ${short(le)} ms: ${num(count)} calls`}</title>
              <rect class="hit" x={`${at * step}%`} width={`${step}%`} y="0" height="96" />
              <rect
                class={`${le > noticed ? 'tail' : ''}${at < first ? ' out' : ''}`}
                x={`${at * step + 0.3}%`}
                width={`${Math.max(0.5, step - 0.6)}%`}
                y={78 - height}
                height={height}
              />
            </g>
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
                {name} {short(value)}
              </text>
            </g>
          ),
        )}
        {buckets.map(([le], at) =>
          at % every === 0 ? (
            <text key={le} x={`${(at + 0.5) * step}%`} y="93" text-anchor="middle">
              {short(le)}
            </text>
          ) : null,
        )}
      </svg>
      <input
        class="tail-slider"
        type="range"
        min={0}
        max={Math.max(0, buckets.length - 1)}
        value={first}
        aria-label="List calls that took at least"
        aria-valuetext={first === 0 ? 'all' : `${from} ms`}
        onInput={({ currentTarget }) => choose(bounds[Number(currentTarget.value)] ?? 0)}
      />
      <p class="hint">
        {first === 0
          ? 'Choose a bar to list the slow calls from there on.'
          : `${num(inTail)} of ${num(calls)} calls took ${millis(from)} ms or more.`}
      </p>
    </>
  )
}

/** Two digits: a bucket is no more exact. */
function short(ms: number): string {
  return num(Number(ms.toPrecision(2)), 3)
}
