// The code of each entry, minified and compressed, without packages. A limit is about 5 % above the size: raise it with a reason.
const limits = { index: '165 kB', extend: '38 kB', 'inversify/index': '151 kB', 'testing/index': '159 kB' }

export default Object.entries(limits).map(([entry, limit]) => ({
  name: `polywire/${entry.replace(/\/?index$/, '')}`.replace(/\/$/, ''),
  path: `dist/${entry}.js`,
  limit,
  modifyEsbuildConfig: config => ({ ...config, platform: 'node', format: 'esm', packages: 'external' }),
}))
