/* api.h - what a public header puts around its declarations: C linkage for C++, and symbols that libwi.so exports although
 * the library is compiled with hidden ones. Whatever an installed header declares can be linked, statically and shared. */
#ifndef WI_API_H
#define WI_API_H

#ifdef __cplusplus
#define WI_API_LINKAGE_BEGIN extern "C" {
#define WI_API_LINKAGE_END }
#else
#define WI_API_LINKAGE_BEGIN
#define WI_API_LINKAGE_END
#endif

#if defined(__GNUC__)
#define WI_API_BEGIN WI_API_LINKAGE_BEGIN _Pragma("GCC visibility push(default)")
#define WI_API_END _Pragma("GCC visibility pop") WI_API_LINKAGE_END
#else
#define WI_API_BEGIN WI_API_LINKAGE_BEGIN
#define WI_API_END WI_API_LINKAGE_END
#endif

#endif
