import { Refusal } from './refusal.js'

/** How many arrays and objects of a source may stand within each other. Every wire carries fewer, and readers go down by recursion. */
const deepest = 1200

/** @throws Refusal for JSON, or what YAML makes of it, that is nested too deeply; without recursion, since it may be as deep as it is long */
export function checkNesting(json: unknown, path: string): void {
  // In YAML an alias may stand for what is around it.
  const depths = new Map<object, number>()
  const waiting: [value: unknown, depth: number][] = [[json, 0]]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [value, depth] = next
    if (typeof value !== 'object' || value === null || depth <= (depths.get(value) ?? -1)) continue
    if (depth >= deepest) throw tooDeep(path)
    depths.set(value, depth)
    for (const inner of Object.values(value)) waiting.push([inner, depth + 1])
  }
}

export function tooDeep(path: string): Refusal {
  return new Refusal(path, 'the file', 'its types or values are nested too deeply')
}

export function isOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack/.test(error.message)
}
