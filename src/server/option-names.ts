import type { OptionNames } from '../core/option-names.js'
import type { ServeOptions, ServingOptions } from './serve-options.js'

export const servingOptionNames: OptionNames<ServingOptions> = {
  container: true,
  codecs: true,
  limits: true,
  cors: true,
  thrift: true,
  config: true,
  compression: true,
  reportLoad: true,
  policies: true,
  report: true,
  log: true,
  observers: true,
  clock: true,
}

export const serveOptionNames: OptionNames<ServeOptions> = {
  port: true,
  host: true,
  path: true,
  tls: true,
  plain: true,
  listeners: true,
  memory: true,
  protocols: true,
  eager: true,
  standardServices: true,
  health: true,
  metrics: true,
  reflection: true,
  openapi: true,
  koa: true,
  ...servingOptionNames,
}
