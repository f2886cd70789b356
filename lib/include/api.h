/* api.h - WI_API_BEGIN and WI_API_END surround the declarations of a public header: C linkage in C++, and visible
 * symbols in libwi.so, which is compiled with hidden ones. Every function of an installed header can be linked,
 * static or shared. */
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
