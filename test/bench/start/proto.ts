/** A .proto file of so many methods, as `polywire.ts` declares them. */
export function protoOf(methods: number): string {
  const text = ['syntax = "proto3";', 'package start;']
  for (let at = 0; at < methods; at++) {
    text.push(`message Request${at} { string name = 1; int32 count = 2; bool loud = 3; }`)
    text.push(`message Reply${at} { string text = 1; int32 size = 2; }`)
  }
  for (let first = 0; first < methods; first += 10) {
    text.push(`service Service${first / 10} {`)
    for (let at = first; at < Math.min(first + 10, methods); at++) {
      text.push(`  rpc Method${at % 10} (Request${at}) returns (Reply${at});`)
    }
    text.push('}')
  }
  return `${text.join('\n')}\n`
}
