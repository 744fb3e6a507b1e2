/** What the matrix uses of `polywire`, without modules of Node. */

export { Http } from '../../../src/decorators/http.js'
export * from '../../../src/web/index.js'
