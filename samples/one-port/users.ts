import {
  bool,
  double,
  Field,
  Idempotent,
  int64,
  listOf,
  Message,
  Method,
  RpcError,
  Service,
  string,
  Throws,
  timestamp,
} from 'polywire'

@Message('people.User')
export class User {
  @Field(1, int64) id = 0n
  @Field(2, string) name = ''
  @Field(3, string) email = ''
  @Field(4, listOf(string)) roles: string[] = []
  @Field(5, double) score = 0
  @Field(6, bool) active = false
  @Field(7, timestamp) created = new Date(0)
}

@Message('people.NameTaken', { code: 'already_exists' })
export class NameTaken extends RpcError {
  @Field(1, string) taken = ''
}

/** One class. Nothing in it depends on the wire. */
@Service('people.Users')
export class Users {
  @Method(() => User)
  @Throws(NameTaken)
  @Idempotent()
  async save(user: User): Promise<User> {
    if (user.name === 'root') throw NameTaken.of(`${user.name} is taken`, { taken: user.name })
    return user
  }
}

export const ada = Object.assign(new User(), {
  id: 2n ** 62n + 1n,
  name: 'Ada Lovelace',
  email: 'ada.lovelace@example.com',
  roles: ['admin', 'author', 'reviewer'],
  score: 98.6,
  active: true,
  created: new Date('2026-01-02T03:04:05.678Z'),
})
