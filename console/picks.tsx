import type { EndpointEvent } from '../src/console/views.js'
import { num, sum } from './format.js'

/** Openings of circuits, and ejections, that are marked. */
const mostMarks = 5
/** Endpoints with a part of their own. */
const mostParts = 9

/** The class of the n-th of several parts. Beyond three they repeat, which the legend's order tells apart; from nine on they are one. */
export function partClass(at: number): string {
  return at < mostParts ? `s${(at % 3) + 1}${at > 2 ? ' again' : ''}` : 'rest'
}

interface PicksProps {
  readonly names: readonly string[]
  /** By endpoint, each with 60 seconds, oldest first. */
  readonly picks: readonly (readonly number[])[]
  readonly opened: readonly EndpointEvent[]
  readonly ejected: readonly EndpointEvent[]
}

export function Picks(props: PicksProps) {
  const { names, picks } = bundled(props)
  const marks = marksOf(props)
  const newest = marks.at(-1)
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
        {marks.map(mark => (
          <line
            key={`${mark.said} ${mark.ago}`}
            x1={`${placeOf(mark.ago)}%`}
            x2={`${placeOf(mark.ago)}%`}
            y1={mark === newest ? 2 : 18}
            y2="72"
          />
        ))}
        {newest !== undefined && (
          <text
            x={`${placeOf(newest.ago)}%`}
            dx={placeOf(newest.ago) > 50 ? -4 : 4}
            y="12"
            text-anchor={placeOf(newest.ago) > 50 ? 'end' : 'start'}
          >
            {newest.said}
          </text>
        )}
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

/** The newest last. */
function marksOf({ opened, ejected }: PicksProps): { readonly said: string; readonly ago: number }[] {
  return [
    ...opened.map(({ endpoint, ago }) => ({ said: `circuit of ${endpoint} opened`, ago })),
    ...ejected.map(({ endpoint, ago }) => ({ said: `${endpoint} ejected`, ago })),
  ]
    .sort((one, other) => other.ago - one.ago)
    .slice(-mostMarks)
}

/** Percent from the left, of the last minute. */
function placeOf(ago: number): number {
  return Math.max(0, 100 - ago / 600)
}

/** Beyond nine endpoints the rest is one part. */
function bundled({ names, picks }: PicksProps): Pick<PicksProps, 'names' | 'picks'> {
  if (names.length <= mostParts) return { names, picks }
  const rest = picks.slice(mostParts)
  const together = Array.from({ length: 60 }, (_, second) => sum(rest.map(one => one[second] ?? 0)))
  return {
    names: [...names.slice(0, mostParts), `${rest.length} more`],
    picks: [...picks.slice(0, mostParts), together],
  }
}

export function Swatch({ at }: { readonly at: number }) {
  return (
    <svg width="8" height="8" aria-hidden="true">
      <rect class={partClass(at)} width="8" height="8" />
    </svg>
  )
}
