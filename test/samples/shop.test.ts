import test from 'ava'
import { runProgram } from '../support/programs.js'

test.serial('the shop sells, and ends by itself', async t => {
  const { code, output } = await runProgram('samples/shop/main.js', '--seconds', '1')
  t.is(code, 0, output)
  t.regex(output, /[1-9]\d* orders placed, 0 failed/)
})

test.serial('the shop survives chaos and says what its policies did', async t => {
  const { code, output } = await runProgram('samples/shop/main.js', '--chaos', '--seconds', '5')
  t.is(code, 0, output)
  t.regex(output, /[1-9]\d* orders placed, 0 failed/)
  t.regex(
    output,
    /shop\.Payments\/Charge .*\n( +\d+ .*\n)*? +[1-9]\d* (moved to another replica|sent again by retry or hedge)/,
  )
})
