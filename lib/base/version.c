/* see wi_version in wi.h; the Makefile defines WI_VERSION from the file VERSION */
#include "wi.h"

const char *wi_version(void)
{
    return WI_VERSION;
}
