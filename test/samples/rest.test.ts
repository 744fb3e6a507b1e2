import test from 'ava'
import { runProgram } from '../support/programs.js'

test.serial('every request of the REST sample gets its answer', async t => {
  const { code, output } = await runProgram('samples/rest/main.js')
  t.is(code, 0, output)
  t.regex(
    output,
    /curl -i -H 'content-type: application\/json' -d '\{"title":"Teapot"\}' 'http:\/\/127\.0\.0\.1:\d+\/v1\/photos'/,
  )
  t.regex(output, /8 of 8 promises held/)
})
