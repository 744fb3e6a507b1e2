// The code of each entry, minified and compressed, without packages. A limit is about 5 % above the size: raise it with a reason.
const limits = {
  // Metrics, logs, health and inspect() add 9 kB: a server answers /metrics without another package. REST, with OpenAPI, adds 9 kB, the data
  // of the console 6 kB, gRPC's admin services 2 kB, and the types that Thrift and Avro have and protobuf has not 5 kB. lru-cache and
  // reflect-metadata, which were packages of their own, are 5 kB of every entry that has caches. Connect on HTTP/2 streams of its own adds 3 kB, and
  // memory that is used again, connections that rest and protocols that load late 3 kB.
  index: '261 kB',
  // Loads when a page is built; the parser is not counted. A fifth finds what stays in the page and which names code refers to;
  // two fifths follow decorators and bases through modules, by namespaces and other names.
  'bundler/index': '8 kB',
  // What a page does in place of Buffer is part of every codec, and so is how binary ones make short strings.
  extend: '52.5 kB',
  'fetch/index': '125 kB',
  // With the client, as `testing`: plain values that Thrift writes in place and memory that every wire uses again add 0.4 kB to both.
  'inversify/index': '209 kB',
  // Its code without the SDK. A third is classes with decorators, which an app has from polywire anyway, and a quarter the table of gRPC's own
  // metrics.
  'opentelemetry/index': '8.3 kB',
  // With the full client of pages, which a page that imports it shares.
  'page/tanstack/index': '11.3 kB',
  'testing/index': '230 kB',
  // Everything that a page can import; docs/reference/web.md has the size of what it does.
  'page/web/index': '42 kB',
}

export default Object.entries(limits).map(([entry, limit]) => ({
  name: `polywire/${entry.replace(/^page\/|\/?index$/g, '')}`.replace(/\/$/, ''),
  path: `dist/${entry}.js`,
  limit,
  modifyEsbuildConfig: config => ({
    ...config,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    external: ['#undici'],
  }),
}))
