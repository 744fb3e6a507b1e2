import { mismatch } from '../../codecs/values/fault.js'
import { at } from './message.js'
import type { PageType } from './page-type.js'

export function listForm(element: PageType): PageType {
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
