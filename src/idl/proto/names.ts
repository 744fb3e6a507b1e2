import type { FieldDescriptorProto } from '../../protocols/standard-services/descriptor-messages.js'

/** @returns the name itself if the compiler gave none */
export function jsonNameOf({ name, jsonName }: FieldDescriptorProto): string {
  return jsonName || name
}

/** `shop.v1.Order` */
export function dotted(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`
}
