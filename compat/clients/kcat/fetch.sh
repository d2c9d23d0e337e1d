# Makes ./kcat: the machine's own, or Debian's package with its libraries, unpacked here and not installed.
set -eu
if command -v kcat > /dev/null; then
    ln -s "$(command -v kcat)" kcat
    exit
fi
command -v apt-get > /dev/null || { echo "no kcat here, and no apt-get to fetch it with"; exit 1; }
mkdir packages root
packages=$(apt-get --simulate install kcat | awk '/^Inst/ { print $2 }')
[ -n "$packages" ] || { echo "this system has no package kcat"; exit 1; }
(cd packages && apt-get download $packages)
for package in packages/*.deb; do dpkg --extract "$package" root; done
libraries=$(find root -name 'librdkafka.so.*' -exec dirname {} \; | head -1)
cat > kcat << END
#!/bin/sh
here=\$(dirname "\$0")
LD_LIBRARY_PATH="\$here/$libraries" exec "\$here/root/usr/bin/kcat" "\$@"
END
chmod +x kcat
