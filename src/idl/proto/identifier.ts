import { Refusal } from '../refusal.js'

const form = /^[A-Za-z_][A-Za-z0-9_]*$/

/** @throws Refusal for a name that protobuf cannot have */
export function checkIdentifier(name: string, where: string): string {
  if (form.test(name)) return name
  throw new Refusal(
    where,
    `name ${JSON.stringify(name)}`,
    "protobuf's names have letters, digits and _; give it another one with { name: ... }",
  )
}

/** The JSON name that protoc gives a field without `json_name`. Source: protobuf's descriptor.cc, `ToJsonName`. */
export function defaultJsonName(name: string): string {
  return name.replace(/_+(.)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? '')
}
