export interface Circuit {
  readonly state: string
  readonly reopensIn?: number
  readonly calls?: number
  readonly failures?: number
}

/** The circuits of a method by endpoint, from what `inspect` shows of its policies. */
export function circuitsOf(policies: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined) {
  return Object.entries((policies?.circuitBreaker?.circuits ?? {}) as Readonly<Record<string, Circuit>>)
}
