import { Refusal } from './refusal.js'

/** A file of JSON, which may begin with a byte order mark. @throws Refusal for text that is not JSON */
export function parsedJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new Refusal(path, 'its JSON', (error as Error).message)
  }
}
