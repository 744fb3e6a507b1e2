/** Whether two entity tags name the same reply; `W/` says nothing about that. Source: RFC 9110, 8.8.3.2, weak comparison. */
export function isSameTag(one: string, other: string): boolean {
  return opaque(one) === opaque(other)
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
