// What the page and its server share. Nothing of the server is imported here, so nothing of it reaches the page.
import {
  Field,
  int64,
  Message,
  Method,
  nothing,
  Resumable,
  Retry,
  RpcError,
  Safe,
  Service,
  streamOf,
  string,
  Throws,
  Timeout,
  unimplemented,
} from 'polywire/web'

@Message('board.Note')
export class Note {
  @Field(1, int64) id = 0n
  @Field(2, string) author = ''
  @Field(3, string) text = ''
}

@Message('board.Draft')
export class Draft {
  @Field(1, string) author = ''
  @Field(2, string) text = ''
}

@Message('board.NoteKey')
export class NoteKey {
  @Field(1, int64) id = 0n
}

@Message('board.Rejected', { code: 'invalid_argument' })
export class Rejected extends RpcError {
  /** The field of the draft. */
  @Field(1, string) field = ''
}

@Service('board.Board')
export class Board {
  @Method({ accepts: Draft, returns: Note })
  @Throws(Rejected)
  @Timeout('5s')
  async post(_draft: Draft): Promise<Note> {
    return unimplemented()
  }

  @Method({ accepts: NoteKey, returns: Note })
  @Safe()
  @Timeout('5s')
  @Retry()
  async find(_key: NoteKey): Promise<Note> {
    return unimplemented()
  }

  @Method({ accepts: NoteKey, returns: nothing })
  @Timeout('5s')
  async remove(_key: NoteKey): Promise<void> {
    return unimplemented()
  }

  /** All notes, and those that are posted from then on. */
  @Method({ returns: streamOf(Note) })
  @Timeout(Number.POSITIVE_INFINITY)
  @Resumable({ key: (note: Note) => note.id })
  follow(): AsyncIterable<Note> {
    return unimplemented()
  }
}
