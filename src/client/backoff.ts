import type { Random } from '../balancers/balancer.js'

const base = 1000
const multiplier = 1.6
const jitter = 0.2
/** The default of `maxReconnectDelay`, in milliseconds. */
export const longestDelay = 120_000

/**
 * Milliseconds to wait after the n-th failed dial in a row (n from 1): at most `longest`, ±20 %. Source: gRPC connection backoff protocol.
 */
export function reconnectDelay(failures: number, random: Random, longest = longestDelay): number {
  const delay = Math.min(base * multiplier ** (failures - 1), longest)
  return delay * (1 - jitter + 2 * jitter * random())
}
