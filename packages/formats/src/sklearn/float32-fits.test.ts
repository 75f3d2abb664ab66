import { testGoldenFolder } from './golden.ts';

testGoldenFolder(import.meta.url, './golden-float32');
