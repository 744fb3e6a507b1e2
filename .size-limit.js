// The code of each entry, minified and compressed, without packages. A limit is about 5 % above the size: raise it with a reason.
const limits = {
  // Metrics, logs, health and inspect() add 9 kB: a server answers /metrics without another package.
  // REST, with OpenAPI, adds 9 kB.
  index: '195 kB',
  // What a page does in place of Buffer is part of every codec.
  extend: '46 kB',
  'fetch/index': '99 kB',
  'inversify/index': '171 kB',
  // Its code without the SDK.
  'opentelemetry/index': '2.3 kB',
  'testing/index': '187 kB',
  // Everything that a page can import; docs/reference/web.md has the size of what it does.
  'web/index': '48 kB',
}

export default Object.entries(limits).map(([entry, limit]) => ({
  name: `polywire/${entry.replace(/\/?index$/, '')}`.replace(/\/$/, ''),
  path: `dist/${entry}.js`,
  limit,
  modifyEsbuildConfig: config => ({ ...config, platform: 'node', format: 'esm', packages: 'external' }),
}))
