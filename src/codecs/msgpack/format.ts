/** The kind of value that begins with this byte, for a Fault. */
export function formatName(head: number): string {
  if (head < 0x80 || head >= 0xe0 || (head >= 0xcc && head <= 0xd3)) return 'an integer'
  if (head < 0x90 || head === 0xde || head === 0xdf) return 'a map'
  if (head < 0xa0 || head === 0xdc || head === 0xdd) return 'an array'
  if (head < 0xc0 || (head >= 0xd9 && head <= 0xdb)) return 'text'
  if (head === 0xc0) return 'nil'
  if (head === 0xc2 || head === 0xc3) return 'a boolean'
  if (head >= 0xc4 && head <= 0xc6) return 'bytes'
  if (head === 0xca || head === 0xcb) return 'a float'
  return head === 0xc1 ? 'the byte 0xc1' : 'an extension'
}
