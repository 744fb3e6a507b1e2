import { mismatch } from '../../codecs/values/fault.js'
import type { ListType, SetType } from '../../schema/type.js'
import { at } from './message.js'
import type { Compile, PageType } from './page-type.js'

/** Of a set too, whose JSON is a list. */
export function listForm(type: ListType | SetType, compile: Compile): PageType {
  const element = compile(type.element)
  return {
    write(value, depth) {
      if (!Array.isArray(value)) throw mismatch('list (an Array)', value)
      return value.map((one, index) => at(`[${index}]`, () => element.write(one, depth)))
    },
    read(json, depth) {
      if (!Array.isArray(json)) throw mismatch('array', json)
      return json.map((one, index) => at(`[${index}]`, () => element.read(one, depth))).filter(one => one !== undefined)
    },
  }
}
