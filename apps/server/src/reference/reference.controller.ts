import { API_VERSION, openApi, routes } from '@ballast/api';
import { Controller, Get, Header } from '@nestjs/common';
import { referencePage } from './page.js';

const DOCUMENT = openApi(routes, API_VERSION);
const PAGE = referencePage(DOCUMENT);

/** The API's description, for machines and for people. */
@Controller()
export class ReferenceController {
  @Get('openapi.json')
  @Header('cache-control', 'no-cache')
  document() {
    return DOCUMENT;
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
  page() {
    return PAGE;
  }
}
