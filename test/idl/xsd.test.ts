import test from 'ava'
import { validateXML } from 'xmllint-wasm'
import { xml } from '../../src/codecs/xml/codec.js'
import { defaultLimits } from '../../src/core/limits.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { Refusal } from '../../src/idl/refusal.js'
import { xsd } from '../../src/idl/xsd/write.js'
import { Field, Message, string } from '../../src/index.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import type { Class } from '../../src/schema/type.js'
import * as shop from '../fixtures/shop.js'

test('every message of a contract is a document that the schema accepts', async t => {
  const contents = [new shop.Order(), new shop.GetOrderRequest(), new shop.Contact()].map(message => {
    const schema = messageSchemaOf(message.constructor as Class) as MessageSchema
    return Buffer.from(xml.compile(schema, defaultLimits).encode(message)).toString()
  })
  const { errors } = await validateXML({
    xml: [...contents, '<Order><limit>many</limit></Order>'].map((text, at) => ({
      fileName: `${at}.xml`,
      contents: text,
    })),
    schema: xsd.write(contractOf(shop))[0]?.text ?? '',
  })
  t.deepEqual([...new Set(errors.map(error => error.loc?.fileName))], ['3.xml'], 'the one that is wrong')
})

@Message('a.User')
class User {
  @Field(1, string) name = ''
}

@Message('b.User')
class OtherUser {
  @Field(1, string) id = ''
}

test('two documents of one name are refused', t => {
  const error = t.throws(() => xsd.write(contractOf({ User, OtherUser })), { instanceOf: Refusal })
  t.is(error?.message, 'b.User: element User: a.User is a document of that name too; export their modules one by one')
})
