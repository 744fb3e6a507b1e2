import { cp } from 'node:fs/promises'
import { relative } from 'node:path'
import { defineConfig } from 'vitepress'
import { copyPage, pages, rootPages } from '../pages.js'
import { sections } from '../sections.js'

const root = new URL('../..', import.meta.url).pathname

/** Copies a page of docs/ when it changes, so that the site in the browser follows. */
const following = {
  name: 'following',
  configureServer({ watcher }) {
    watcher.add([`${root}docs`, ...rootPages.map(name => root + name)])
    watcher.on('change', file => {
      const name = relative(root, file)
      if (name.startsWith('docs/') || rootPages.includes(name)) void copyPage(name)
    })
  },
}

/** GitHub's anchors, so that a link works there and here. */
function slugify(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

export default defineConfig({
  title: 'polywire',
  description: 'One decorated TypeScript class, served over gRPC, HTTP (Connect), Thrift and Avro RPC.',
  srcDir: '.pages',
  outDir: 'dist',
  cacheDir: '.cache',
  cleanUrls: true,
  markdown: { languageAlias: { thrift: 'c' }, anchor: { slugify } },
  vite: { plugins: [following], build: { reportCompressedSize: false, chunkSizeWarningLimit: 2000 } },
  // The links of llms.txt: each page as it was written.
  buildEnd: ({ outDir }) => cp(pages, outDir, { recursive: true, filter: name => !/\.svg$|public$/.test(name) }),
  themeConfig: {
    search: {
      provider: 'local',
      // The index needs no colours, and highlighting takes half of the build.
      options: { _render: (text, env, md) => md.render(text.replace(/^( *```)\w+$/gm, '$1txt'), env) },
    },
    outline: [2, 3],
    sidebar: sections,
    nav: [
      { text: 'Guide', link: '/guide/getting-started' },
      { text: 'Moving', link: '/migrate/grpc-js' },
      { text: 'Reference', link: '/api/polywire' },
    ],
  },
})
