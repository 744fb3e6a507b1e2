import { avdl, avpr } from './avro/write.js'
import type { ExportFormat } from './format.js'
import { jsonschema } from './jsonschema/write.js'
import { openapi } from './openapi/write.js'
import { proto } from './proto/write.js'
import { thrift } from './thrift/write.js'
import { xsd } from './xsd/write.js'

/** Every format that `polywire export` writes, by its flag. */
export const exportFormats = { proto, thrift, avdl, avpr, openapi, jsonschema, xsd } satisfies Record<
  string,
  ExportFormat
>

export type FormatName = keyof typeof exportFormats
