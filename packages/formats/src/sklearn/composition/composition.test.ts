import { testGoldenFolder } from '../golden.ts';

testGoldenFolder(
  import.meta.url,
  './golden',
  (name) => !/text|sparse kept/.test(name) || /passthrough text/.test(name),
);
