import { render } from 'preact'
import { App } from './app.js'
import { takeTokenFromLink } from './live.js'
import { restoreTheme } from './theme.js'

takeTokenFromLink()
restoreTheme()
render(<App />, document.body)
