import type { OptionNames } from '../core/option-names.js'
import { serveOptionNames } from '../server/option-names.js'
import type { HostingOptions } from './options.js'

export const hostingOptionNames: OptionNames<HostingOptions> = {
  ...serveOptionNames,
  register: true,
  workers: true,
  console: true,
  admin: true,
  shutdownOn: true,
}
