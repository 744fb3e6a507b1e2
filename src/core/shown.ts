import { nodeModule } from './platform.js'

const inspect = /* @__PURE__ */ (() => nodeModule('node:util')?.inspect)()

/** A value as an error shows it, on one line. In a page an object is only its JSON. @param depth levels of objects within objects */
export function shown(value: unknown, depth?: number): string {
  if (inspect !== undefined)
    return inspect(value, { ...(depth !== undefined && { depth }), breakLength: Number.POSITIVE_INFINITY })
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? `'${value}'` : String(value)
  try {
    return JSON.stringify(value)
  } catch {
    return 'an object'
  }
}
