// Plugins of bundlers. A loader of webpack is the default export of its module.
export { type EsbuildModule, type EsbuildPlugin, esbuildPlugin } from './esbuild.js'
export { type VitePlugin, type VitePluginResult, vitePlugin } from './vite.js'
export { type LoaderContext, webpackLoader, webpackLoader as default } from './webpack.js'
