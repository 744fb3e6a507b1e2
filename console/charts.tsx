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

interface MeterProps {
  /** Percent of the limit: now, and at its highest. */
  readonly used: number
  readonly peak?: number | undefined
  readonly label: string
}

/** How near a limit is: the bar is amber from 75 % on, the mark of its peak too. */
export function Meter({ used, peak = used, label }: MeterProps) {
  return (
    <svg
      class={`meter${used >= 75 ? ' near' : ''}${peak >= 75 ? ' was-near' : ''}`}
      height="8"
      role="img"
      aria-label={label}
    >
      <rect class="room" width="100%" height="8" />
      <rect class="used" width={`${Math.min(100, Math.max(used, 0.4))}%`} height="8" />
      {peak > used && <rect class="peak" x={`${Math.min(99.4, peak)}%`} width="2" height="8" />}
    </svg>
  )
}
