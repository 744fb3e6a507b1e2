/** Freezes a message and everything in it. Maps, sets, dates and bytes stay mutable: JavaScript cannot freeze them. */
export function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  if (ArrayBuffer.isView(value) || value instanceof Date) return
  if (value instanceof Map || value instanceof Set) {
    for (const one of value.values()) freezeDeep(one)
    return
  }
  Object.freeze(value)
  for (const one of Object.values(value)) freezeDeep(one)
}
